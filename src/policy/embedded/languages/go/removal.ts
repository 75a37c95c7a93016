import { memoiseByPart } from '../memoise.ts';
import { replacing, type CodeEdit } from '../code-edit.ts';
import type { Operator } from '../../choice/operator.ts';
import { lineStart, nextLineStart } from '../source-edit.ts';
import { namedChildren, walk, type SyntaxNode } from '../syntax-tree.ts';
import { mayCompile } from './compiles.ts';
import { blockOf, sourceOf, statementsIn, type GoFunction } from './syntax.ts';
import { variadicFunctions } from './signatures.ts';

/** A hunk larger than this is a rewrite, not a bug that a small repair can undo. */
const MOST_LINES = 8;

const LEAVING = new Set(['return_statement', 'continue_statement', 'break_statement', 'goto_statement']);
const CASES = new Set(['expression_case', 'type_case', 'default_case', 'communication_case']);

/**
 * What can be taken out of a function so that it may still compile: statements, guards, branches, cases, parts of
 * conditions, elements, arguments of variadic calls, calls around a string.
 */
export const removalEdits = memoiseByPart((text, definition: GoFunction): readonly CodeEdit[] => {
  const edits = walk(definition.tree()).flatMap(({ node, ancestors }) => [
    ...removedStatements(text, node, ancestors),
    ...removedElse(text, node),
    ...removedCases(text, node),
    ...removedMembers(text, node),
    ...removedArgument(text, node),
    ...removedOperand(text, node),
    ...removedWrapper(text, node),
  ]);
  return edits.filter(({ edit }) => mayCompile(text, definition, edit));
});

function removedStatements(text: string, list: SyntaxNode, ancestors: readonly SyntaxNode[]): readonly CodeEdit[] {
  if (list.kind !== 'statement_list') return [];
  const statements = statementsIn(list);
  // Taking out all that a function does is noticed by every test; taking out its only helper statement is not.
  const isBody = ancestors.length === 2;
  if (isBody && statements.length === 1) return [];
  return statements.flatMap((statement) =>
    removedLines(text, statement, isGuard(text, statement) ? 'guard' : 'statement'),
  );
}

function removedLines(text: string, node: SyntaxNode, operator: Operator): readonly CodeEdit[] {
  if (!isShort(text, node) || !ownLines(text, node)) return [];
  return [replacing(operator, { start: lineStart(text, node.start), end: nextLineStart(text, node.end) }, '')];
}

function isShort(text: string, node: { readonly start: number; readonly end: number }): boolean {
  return sourceOf(text, node).split('\n').length <= MOST_LINES;
}

/** Nothing else stands on the lines of the node (`a; b` and `if x { y }` share one). */
function ownLines(text: string, node: SyntaxNode): boolean {
  const before = text.slice(lineStart(text, node.start), node.start);
  const after = text.slice(node.end, nextLineStart(text, node.end));
  return before.trim() === '' && /^\s*,?\s*(?:\/\/.*)?\s*$/.test(after);
}

/** `if … { … }` without alternative whose block leaves: return, panic, continue, break. */
export function isGuard(text: string, statement: SyntaxNode): boolean {
  if (statement.kind !== 'if_statement' || statement.children.some(({ kind }) => kind === 'else')) return false;
  const block = blockOf(statement);
  const last = block && statementsIn(block).at(-1);
  return last !== undefined && (LEAVING.has(last.kind) || sourceOf(text, last).startsWith('panic('));
}

function removedElse(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const block = blockOf(node);
  if (node.kind !== 'if_statement' || block === undefined) return [];
  if (!node.children.some(({ kind }) => kind === 'else')) return [];
  const alternative = { start: block.end, end: node.end };
  return isShort(text, alternative) ? [replacing('branch', alternative, '')] : [];
}

function removedCases(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const cases = node.children.filter(({ kind }) => CASES.has(kind));
  const whole = cases.length < 2 ? [] : cases;
  return [
    ...whole.flatMap((each) => removedLines(text, withoutLineEnd(text, each), 'branch')),
    ...cases.flatMap((each) => removedValues(text, each)),
  ];
}

/** Some cases end behind their last line break. */
function withoutLineEnd(text: string, node: SyntaxNode): SyntaxNode {
  return { ...node, end: node.start + sourceOf(text, node).trimEnd().length };
}

/** One of several values of a `case`. */
function removedValues(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const list =
    node.kind === 'expression_case' ? node.children.find(({ kind }) => kind === 'expression_list') : undefined;
  const values = list === undefined ? [] : namedChildren(list);
  return values.length < 2 ? [] : values.flatMap((value) => withoutMember(text, values, value, 'element'));
}

/** A member out of a list, with the comma that kept it apart. */
function withoutMember(
  text: string,
  members: readonly SyntaxNode[],
  member: SyntaxNode,
  operator: Operator,
): readonly CodeEdit[] {
  const index = members.indexOf(member);
  const [previous, next] = [members[index - 1], members[index + 1]];
  if (ownLines(text, member)) return removedLines(text, member, operator);
  const start = previous?.end ?? member.start;
  const end = previous === undefined && next !== undefined ? next.start : member.end;
  return isShort(text, { start, end }) ? [replacing(operator, { start, end }, '')] : [];
}

/** A key of a struct or map; an element of a slice or map. A struct without keys needs all of its values. */
function removedMembers(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'composite_literal') return [];
  const [type, value] = node.children;
  if (type === undefined || value?.kind !== 'literal_value') return [];
  const members = namedChildren(value);
  const isList = type.kind === 'slice_type' || type.kind === 'map_type';
  if (members.length < 2 || !(isList || members.every(({ kind }) => kind === 'keyed_element'))) return [];
  return members.flatMap((member) => withoutMember(text, members, member, 'element'));
}

/** The last argument of a call that takes any number of them. */
function removedArgument(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'call_expression') return [];
  const [called, list] = node.children;
  if (called === undefined || list?.kind !== 'argument_list') return [];
  const name = sourceOf(text, called).replace(/^.*\./s, '');
  const fixed = name === 'append' ? 2 : variadicFunctions(text).get(name);
  const given = namedChildren(list);
  const last = given.at(-1);
  if (fixed === undefined || last === undefined || given.length <= fixed) return [];
  return withoutMember(text, given, last, 'argument');
}

/** One side of `a && b` or `a || b`. */
function removedOperand(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const [left, sign, right] = node.children;
  if (node.kind !== 'binary_expression' || left === undefined || sign === undefined || right === undefined) return [];
  if (!['&&', '||'].includes(sign.kind) || !isShort(text, node)) return [];
  return [left, right].map((kept) => replacing('condition', node, sourceOf(text, kept)));
}

/** Functions of the standard library that give their first argument back, changed a little. */
export const SAME_TYPE = new RegExp(
  [
    String.raw`^(?:strings|bytes)\.(?:ToLower|ToUpper|Title|TrimSpace|Trim|TrimLeft|TrimRight|TrimPrefix|TrimSuffix|Replace|ReplaceAll)$`,
    String.raw`^(?:path|filepath)\.Clean$`,
    String.raw`^math\.(?:Abs|Floor|Ceil|Round|Trunc)$`,
    String.raw`^unicode\.(?:ToLower|ToUpper|SimpleFold)$`,
  ].join('|'),
);

/** `strings.TrimSpace(x)` becomes `x`: a helper goes missing. */
function removedWrapper(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const [called, list] = node.children;
  if (node.kind !== 'call_expression' || called === undefined || list?.kind !== 'argument_list') return [];
  const [first] = namedChildren(list);
  if (first === undefined || !SAME_TYPE.test(sourceOf(text, called))) return [];
  return [replacing('wrapper', node, sourceOf(text, first))];
}
