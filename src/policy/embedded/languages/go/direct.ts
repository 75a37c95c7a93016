import { memoiseByPart } from '../memoise.ts';
import { replacing, type CodeEdit } from '../code-edit.ts';
import type { Operator } from '../../choice/operator.ts';
import { namedChildren, walk, type SyntaxNode } from '../syntax-tree.ts';
import { mayCompile } from './compiles.ts';
import { parametersOf, resultTypesOf, zeroOf } from './signatures.ts';
import { conditionOf, sourceOf, type GoFunction } from './syntax.ts';

/** Tokens that may stand for one another; each list is closed, so every swap can be undone by another swap. */
const EXCHANGES: readonly (readonly [Operator, readonly string[]])[] = [
  ['comparison', ['<', '<=', '>', '>=']],
  ['comparison', ['==', '!=']],
  ['boolean', ['&&', '||']],
  ['arithmetic', ['+', '-']],
  ['arithmetic', ['*', '/', '%']],
  ['arithmetic', ['+=', '-=']],
  ['arithmetic', ['<<', '>>']],
  ['arithmetic', ['&', '|', '^', '&^']],
  ['arithmetic', ['|=', '&=', '^=', '&^=']],
  ['arithmetic', ['++', '--']],
];

const EXCHANGED_IN = new Set(['binary_expression', 'assignment_statement', 'inc_statement', 'dec_statement']);
const LOOPS = new Set(['for_statement']);

/** Changes of operators, constants, conditions, argument order and return values; most of them undo one another. */
export const directEdits = memoiseByPart((text, definition: GoFunction): readonly CodeEdit[] => {
  const edits = walk(definition.tree()).flatMap(({ node, ancestors }) => [
    ...exchangedTokens(text, node, ancestors),
    ...changedConstant(text, node, ancestors),
    ...negatedCondition(text, node),
    ...swappedArguments(text, node, definition),
    ...changedReturn(text, node, { definition, ancestors }),
    ...changedLoopControl(text, node, ancestors),
  ]);
  return edits.filter(({ edit }) => mayCompile(text, definition, edit));
});

function exchangedTokens(text: string, node: SyntaxNode, ancestors: readonly SyntaxNode[]): readonly CodeEdit[] {
  // A loop that counts the other way does not end.
  if (!EXCHANGED_IN.has(node.kind) || (ancestors.at(-1)?.kind === 'for_clause' && node.kind !== 'binary_expression'))
    return [];
  const isText = node.children.some((child) => isTextual(text, child));
  return node.children.flatMap((token) =>
    EXCHANGES.filter(([, tokens]) => tokens.includes(token.kind)).flatMap(([operator, tokens]) =>
      tokens
        .filter((other) => other !== token.kind && !(isText && operator === 'arithmetic'))
        .map((other) => replacing(operator, token, other)),
    ),
  );
}

/** A string as far as one sees: only `+` works on it. */
function isTextual(text: string, node: SyntaxNode): boolean {
  if (node.kind.endsWith('string_literal')) return true;
  if (node.kind === 'binary_expression') return node.children.some((child) => isTextual(text, child));
  return (
    node.kind === 'call_expression' &&
    /^(?:string\(|fmt\.Sprint|strconv\.(?:Itoa|Quote|Format)|strings\.(?:To|Trim|Repeat|Join|Replace))/.test(
      sourceOf(text, node),
    )
  );
}

function changedConstant(text: string, node: SyntaxNode, ancestors: readonly SyntaxNode[]): readonly CodeEdit[] {
  if (node.kind === 'true') return [replacing('truth', node, 'false')];
  if (node.kind === 'false') return [replacing('truth', node, 'true')];
  // The length of an array is part of its type.
  if (node.kind !== 'int_literal' || ancestors.at(-1)?.kind === 'array_type') return [];
  const literal = sourceOf(text, node);
  if (!/^(?:0|[1-9]\d{0,8})$/.test(literal)) return [];
  const value = Number(literal);
  return [value + 1, value - 1]
    .filter((other) => other >= 0)
    .map((other) => replacing('constant', node, String(other)));
}

function negatedCondition(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'unary_expression' && node.children[0]?.kind === '!') {
    const [operand] = namedChildren(node);
    return operand === undefined ? [] : [replacing('negation', node, sourceOf(text, operand))];
  }
  return truthsIn(node).map((truth) => replacing('negation', truth, negated(sourceOf(text, truth), truth)));
}

/** Conditions and sides of `&&` and `||`, apart from comparisons: those are negated by their own token. */
function truthsIn(node: SyntaxNode): readonly SyntaxNode[] {
  const condition = conditionOf(node);
  const sides = isConnection(node) ? namedChildren(node).filter((side) => !isConnection(side)) : [];
  return [...(condition === undefined ? [] : [condition]), ...sides].filter(
    (truth) => truth.kind !== 'unary_expression' && (truth.kind !== 'binary_expression' || isConnection(truth)),
  );
}

function isConnection({ kind, children }: SyntaxNode): boolean {
  return kind === 'binary_expression' && ['&&', '||'].includes(children[1]?.kind ?? '');
}

/** Functions of two texts, in packages `strings` and `bytes`. */
const OF_TWO_TEXTS =
  /^(?:strings|bytes)\.(?:Compare|Contains|ContainsAny|Count|EqualFold|HasPrefix|HasSuffix|Index|IndexAny|LastIndex|Split|SplitAfter|Trim|TrimLeft|TrimRight|TrimPrefix|TrimSuffix|Cut|Equal)$/;

/** Two neighbouring arguments of one type, as far as one sees. */
function swappedArguments(text: string, node: SyntaxNode, definition: GoFunction): readonly CodeEdit[] {
  const [called, list] = node.children;
  if (node.kind !== 'call_expression' || called === undefined || list?.kind !== 'argument_list') return [];
  const types = parametersOf(text, definition);
  const given = namedChildren(list);
  const typeOf = (argument: SyntaxNode) =>
    argument.kind === 'identifier' ? types.get(sourceOf(text, argument)) : LITERAL_TYPES[argument.kind];
  const alike = (one: SyntaxNode, other: SyntaxNode) =>
    OF_TWO_TEXTS.test(sourceOf(text, called)) || (typeOf(one) !== undefined && typeOf(one) === typeOf(other));
  return given.slice(1).flatMap((second, index) => {
    const first = given[index];
    if (first === undefined || !alike(first, second) || sourceOf(text, first) === sourceOf(text, second)) return [];
    const between = text.slice(first.end, second.start);
    const swapped = sourceOf(text, second) + between + sourceOf(text, first);
    return [replacing('argument-order', { start: first.start, end: second.end }, swapped)];
  });
}

const LITERAL_TYPES: Readonly<Partial<Record<string, string>>> = {
  int_literal: 'int',
  interpreted_string_literal: 'string',
  rune_literal: 'rune',
};

interface Place {
  readonly definition: GoFunction;
  readonly ancestors: readonly SyntaxNode[];
}

/** One returned value becomes what its type begins with; a truth becomes the other. */
function changedReturn(text: string, node: SyntaxNode, { definition, ancestors }: Place): readonly CodeEdit[] {
  if (node.kind !== 'return_statement' || ancestors.some(({ kind }) => kind === 'func_literal')) return [];
  const types = resultTypesOf(text, definition);
  const values = namedChildren(node).flatMap(namedChildren);
  if (values.length !== types.length) return [];
  return values.flatMap((value, index) => {
    const written = sourceOf(text, value);
    const zero = zeroOf(types[index] ?? '');
    if (types[index] === 'bool')
      return isNegatable(value) ? [replacing('return-value', value, negated(written, value))] : [];
    return zero === undefined || written === zero ? [] : [replacing('return-value', value, zero)];
  });
}

function isNegatable({ kind }: SyntaxNode): boolean {
  return !['true', 'false', 'unary_expression'].includes(kind);
}

function negated(written: string, { kind }: SyntaxNode): string {
  return kind === 'binary_expression' ? `!(${written})` : `!${written}`;
}

function changedLoopControl(text: string, node: SyntaxNode, ancestors: readonly SyntaxNode[]): readonly CodeEdit[] {
  const inside = ancestors.slice(ancestors.findLastIndex(({ kind }) => kind === 'func_literal') + 1);
  if (!inside.some(({ kind }) => LOOPS.has(kind))) return [];
  const written = sourceOf(text, node);
  if (node.kind === 'break_statement') return [replacing('loop-control', node, written.replace('break', 'continue'))];
  if (node.kind === 'continue_statement')
    return [replacing('loop-control', node, written.replace('continue', 'break'))];
  return [];
}
