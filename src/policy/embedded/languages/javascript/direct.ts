import { replacing, type CodeEdit } from '../code-edit.ts';
import type { Operator } from '../../choice/operator.ts';
import { namedChildren, walk, type SyntaxNode, type Visit } from '../syntax-tree.ts';
import { isFunction, isLogical, operatorOf, sourceOf, unwrapped } from './syntax.ts';

/** Tokens that may stand for one another; each list is closed, so every swap can be undone by another swap. */
const EXCHANGES: readonly (readonly [Operator, readonly string[]])[] = [
  ['comparison', ['<', '<=', '>', '>=']],
  ['equality', ['===', '!==']],
  ['equality', ['==', '!=']],
  ['boolean', ['&&', '||']],
  ['boolean', ['||', '??']],
  ['arithmetic', ['+', '-']],
  ['arithmetic', ['*', '/']],
  ['arithmetic', ['/', '%']],
  ['arithmetic', ['++', '--']],
  ['arithmetic', ['+=', '-=']],
  ['arithmetic', ['<<', '>>']],
  ['arithmetic', ['&', '|', '^']],
];

/** Changes of operators, constants, conditions, argument order and return values; most of them undo one another. */
export function directEdits(text: string, tree: SyntaxNode): readonly CodeEdit[] {
  return walk(tree).flatMap((visit) => [
    ...exchangedTokens(visit.node),
    ...changedConstant(text, visit.node),
    ...negatedCondition(text, visit.node),
    ...swappedArguments(text, visit.node),
    ...changedReturn(text, visit.node),
    ...changedLoopControl(text, visit),
  ]);
}

function exchangedTokens(node: SyntaxNode): readonly CodeEdit[] {
  const token = operatorOf(node);
  if (token === undefined || node.kind === 'unary_expression') return [];
  return EXCHANGES.filter(([, tokens]) => tokens.includes(token.kind)).flatMap(([operator, tokens]) =>
    tokens.filter((other) => other !== token.kind).map((other) => replacing(operator, token, other)),
  );
}

function changedConstant(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'true') return [replacing('truth', node, 'false')];
  if (node.kind === 'false') return [replacing('truth', node, 'true')];
  const source = sourceOf(text, node);
  if (node.kind !== 'number' || !/^\d{1,9}$/.test(source)) return [];
  return [Number(source) + 1, Number(source) - 1]
    .filter((other) => other >= 0)
    .map((other) => replacing('constant', node, String(other)));
}

function negatedCondition(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (isNegation(node)) {
    const operand = namedChildren(node)[0];
    return operand === undefined ? [] : [replacing('negation', node, sourceOf(text, operand))];
  }
  const condition = conditionOf(node);
  if (condition === undefined || isNegation(condition)) return [];
  // A comparison is negated by its own token.
  if (isComparison(condition)) return [];
  const negated = sourceOf(text, condition);
  const isSimple = ['identifier', 'member_expression', 'call_expression', 'subscript_expression'].includes(
    condition.kind,
  );
  return [replacing('negation', condition, isSimple ? `!${negated}` : `!(${negated})`)];
}

function isNegation(node: SyntaxNode): boolean {
  return node.kind === 'unary_expression' && node.children[0]?.kind === '!';
}

function isComparison(node: SyntaxNode): boolean {
  return /^(?:[<>]=?|[=!]==?)$/.test(operatorOf(node)?.kind ?? '');
}

/** The condition of an `if`, `while` or conditional expression, without its parentheses. */
export function conditionOf(node: SyntaxNode): SyntaxNode | undefined {
  if (node.kind === 'ternary_expression') return unwrapped(namedChildren(node)[0] ?? node);
  if (!['if_statement', 'while_statement', 'do_statement'].includes(node.kind)) return undefined;
  const condition = namedChildren(node).find(({ kind }) => kind === 'parenthesized_expression');
  return condition && unwrapped(condition);
}

function swappedArguments(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'arguments') return [];
  const positional = namedChildren(node).filter((each) => each.kind !== 'spread_element' && !isFunction(each));
  return positional.slice(1).flatMap((second, index) => {
    const first = positional[index];
    if (first === undefined) return [];
    const [one, other] = [sourceOf(text, first), sourceOf(text, second)];
    if (one === other) return [];
    const edit = {
      start: first.start,
      end: second.end,
      replacement: other + text.slice(first.end, second.start) + one,
    };
    return [{ operator: 'argument-order' as const, edit }];
  });
}

function changedReturn(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'return_statement') return [];
  const value = namedChildren(node)[0];
  if (value === undefined || ['true', 'false', 'null', 'undefined', 'number'].includes(value.kind)) return [];
  if (isNegation(value)) return [];
  const isTruth = isComparison(value) || isLogical(value);
  return [replacing('return-value', value, isTruth ? `!(${sourceOf(text, value)})` : 'undefined')];
}

/** A `break` that ends a loop; one that ends a `switch` has no counterpart. */
function changedLoopControl(text: string, { node, ancestors }: Visit): readonly CodeEdit[] {
  if (!['break_statement', 'continue_statement'].includes(node.kind) || namedChildren(node).length > 0) return [];
  const around = ancestors.findLast(({ kind }) => LEFT_BY_BREAK.has(kind));
  if (around === undefined || around.kind === 'switch_statement') return [];
  const replacement = node.kind === 'break_statement' ? 'continue' : 'break';
  return [replacing('loop-control', node, sourceOf(text, node).replace(/^\w+/, replacement))];
}

const LEFT_BY_BREAK = new Set([
  'for_statement',
  'for_in_statement',
  'while_statement',
  'do_statement',
  'switch_statement',
]);
