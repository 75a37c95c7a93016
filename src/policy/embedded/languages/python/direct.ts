import { replacing, type CodeEdit } from '../code-edit.ts';
import type { Operator } from '../../choice/operator.ts';
import { namedChildren, walk, type PythonFunction, type SyntaxNode } from './syntax.ts';

/** Tokens that may stand for one another; each list is closed, so every swap can be undone by another swap. */
const EXCHANGES: readonly (readonly [Operator, readonly string[]])[] = [
  ['comparison', ['<', '<=', '>', '>=']],
  ['equality', ['==', '!=']],
  ['membership', ['in', 'not in']],
  ['membership', ['is', 'is not']],
  ['boolean', ['and', 'or']],
  ['arithmetic', ['+', '-']],
  ['arithmetic', ['*', '/', '//', '%', '**']],
  ['arithmetic', ['+=', '-=']],
  ['arithmetic', ['<<', '>>']],
  ['arithmetic', ['&', '|', '^']],
];

const EXCHANGED_IN = new Set(['comparison_operator', 'boolean_operator', 'binary_operator', 'augmented_assignment']);

/** Changes of operators, constants, conditions, argument order and return values; most of them undo one another. */
export function directEdits(text: string, definition: PythonFunction): readonly CodeEdit[] {
  return walk(definition.tree()).flatMap(({ node }) => [
    ...exchangedTokens(text, node),
    ...changedConstant(text, node),
    ...negatedCondition(text, node),
    ...swappedArguments(text, node),
    ...changedReturn(text, node),
    ...changedLoopControl(node),
  ]);
}

function exchangedTokens(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (!EXCHANGED_IN.has(node.kind)) return [];
  return node.children.flatMap((token) =>
    EXCHANGES.filter(([, tokens]) => tokens.includes(token.kind)).flatMap(([operator, tokens]) =>
      tokens
        .filter((other) => other !== token.kind && !changesTypes(token.kind, other))
        .map((other) => replacing(operator, token, other)),
    ),
  );
}

/** `*` for `**` and the like are too far apart to be a slip of the pen. */
function changesTypes(token: string, other: string): boolean {
  const near: Readonly<Record<string, readonly string[]>> = {
    '*': ['/', '**'],
    '/': ['//', '*'],
    '//': ['/', '%'],
    '%': ['//'],
    '**': ['*'],
  };
  return near[token]?.includes(other) === false;
}

function changedConstant(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'true') return [replacing('truth', node, 'False')];
  if (node.kind === 'false') return [replacing('truth', node, 'True')];
  if (node.kind !== 'integer') return [];
  const value = Number(text.slice(node.start, node.end));
  if (!Number.isSafeInteger(value)) return [];
  return [value + 1, value - 1]
    .filter((other) => other >= 0)
    .map((other) => replacing('constant', node, String(other)));
}

function negatedCondition(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'not_operator') {
    const operand = namedChildren(node)[0];
    return operand === undefined ? [] : [replacing('negation', node, text.slice(operand.start, operand.end))];
  }
  const condition = conditionOf(node);
  if (condition === undefined || condition.kind === 'not_operator') return [];
  // A comparison is negated by its own token.
  if (condition.kind === 'comparison_operator') return [];
  const negated = text.slice(condition.start, condition.end);
  const operand = condition.kind === 'boolean_operator' ? `(${negated})` : negated;
  return [replacing('negation', condition, `not ${operand}`)];
}

/** The condition of an `if`, `elif`, `while` or conditional expression. */
export function conditionOf(node: SyntaxNode): SyntaxNode | undefined {
  if (['if_statement', 'elif_clause', 'while_statement'].includes(node.kind)) return namedChildren(node)[0];
  return node.kind === 'conditional_expression' ? namedChildren(node)[1] : undefined;
}

function swappedArguments(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'argument_list') return [];
  const positional = namedChildren(node).filter(
    ({ kind }) => !['keyword_argument', 'list_splat', 'dictionary_splat'].includes(kind),
  );
  return positional.slice(1).flatMap((second, index) => {
    const first = positional[index];
    if (first === undefined) return [];
    const [one, between, other] = [
      text.slice(first.start, first.end),
      text.slice(first.end, second.start),
      text.slice(second.start, second.end),
    ];
    if (one === other) return [];
    const edit = { start: first.start, end: second.end, replacement: other + between + one };
    return [{ operator: 'argument-order' as const, edit }];
  });
}

function changedReturn(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'return_statement') return [];
  const value = namedChildren(node)[0];
  if (value === undefined || ['none', 'true', 'false', 'not_operator', 'integer'].includes(value.kind)) return [];
  const returned = text.slice(value.start, value.end);
  const isTruth = ['comparison_operator', 'boolean_operator'].includes(value.kind);
  return isTruth ? [replacing('return-value', value, `not (${returned})`)] : [replacing('return-value', value, 'None')];
}

function changedLoopControl(node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'break_statement') return [replacing('loop-control', node, 'continue')];
  if (node.kind === 'continue_statement') return [replacing('loop-control', node, 'break')];
  return [];
}
