import { replacing, type CodeEdit } from '../code-edit.ts';
import type { Operator } from '../../choice/operator.ts';
import { lineStart, nextLineStart } from '../source-edit.ts';
import { namedChildren, walk, type SyntaxNode, type Visit } from '../syntax-tree.ts';
import { isFunction, isLogical, sourceOf } from './syntax.ts';

/** A hunk larger than this is a rewrite, not a bug that a small repair can undo. */
const MOST_LINES = 8;

const LEAVING = new Set(['return_statement', 'throw_statement', 'continue_statement', 'break_statement']);

/** What can be taken out of a function: statements, guards, branches, cases, arguments, parts of conditions, elements. */
export function removalEdits(text: string, tree: SyntaxNode): readonly CodeEdit[] {
  return walk(tree).flatMap((visit) => [
    ...removedStatements(text, visit),
    ...removedClause(text, visit.node),
    ...removedBranch(text, visit.node),
    ...removedMember(text, visit.node),
    ...removedOperand(text, visit.node),
    ...removedWrapper(text, visit.node),
  ]);
}

function removedStatements(text: string, { node: block, ancestors }: Visit): readonly CodeEdit[] {
  if (block.kind !== 'statement_block') return [];
  const statements = namedChildren(block);
  const holder = ancestors.at(-1);
  // Taking out all that a function does is noticed by every test; taking out its only helper statement is not.
  if (statements.length === 1 && holder !== undefined && isFunction(holder)) return [];
  return statements.filter(isRemovable).flatMap((statement) => {
    return removedLines(text, statement, isGuard(statement) ? 'guard' : 'statement');
  });
}

function isRemovable(statement: SyntaxNode): boolean {
  const isDirective = statement.kind === 'expression_statement' && statement.children[0]?.kind === 'string';
  return !isDirective && statement.kind !== 'empty_statement' && !statement.kind.endsWith('function_declaration');
}

function removedLines(text: string, node: SyntaxNode, operator: Operator): readonly CodeEdit[] {
  if (!isShort(text, node) || !ownLines(text, node)) return [];
  return [
    { operator, edit: { start: lineStart(text, node.start), end: nextLineStart(text, node.end), replacement: '' } },
  ];
}

function isShort(text: string, node: { readonly start: number; readonly end: number }): boolean {
  return sourceOf(text, node).split('\n').length <= MOST_LINES;
}

/** Nothing else stands on the lines of the node. */
function ownLines(text: string, node: SyntaxNode): boolean {
  const before = text.slice(lineStart(text, node.start), node.start);
  const after = text.slice(node.end, nextLineStart(text, node.end));
  return before.trim() === '' && /^\s*(?:\/\/.*|\/\*.*\*\/)?\s*$/.test(after);
}

/** `if (…)` without alternative that leaves: return, throw, continue, break. */
export function isGuard(statement: SyntaxNode): boolean {
  if (statement.kind !== 'if_statement') return false;
  if (statement.children.some(({ kind }) => kind === 'else_clause')) return false;
  const taken = namedChildren(statement).at(-1);
  const last = taken?.kind === 'statement_block' ? namedChildren(taken).at(-1) : taken;
  return last !== undefined && LEAVING.has(last.kind);
}

/** Cases of a `switch`, and `finally` where a `catch` is left. */
function removedClause(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'switch_body') {
    const cases = namedChildren(node);
    return cases.length < 2 ? [] : cases.flatMap((clause) => removedLines(text, clause, 'branch'));
  }
  const kinds = node.children.map(({ kind }) => kind);
  if (!kinds.includes('catch_clause') || !kinds.includes('finally_clause')) return [];
  const clause = node.children.find(({ kind }) => kind === 'finally_clause');
  return clause === undefined || !isShort(text, clause) ? [] : [withSpaceBefore(text, clause)];
}

/** A clause behind a closing brace goes with the space between them. */
function withSpaceBefore(text: string, { start, end }: SyntaxNode): CodeEdit {
  const space = /[ \t]*$/.exec(text.slice(lineStart(text, start), start))?.[0].length ?? 0;
  return replacing('branch', { start: start - space, end }, '');
}

/** `else`, one link of a chain of them, or one side of a conditional expression. */
function removedBranch(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind === 'ternary_expression') {
    const [, ...sides] = namedChildren(node);
    return isShort(text, node) ? sides.map((side) => replacing('branch', node, sourceOf(text, side))) : [];
  }
  const clause = node.kind === 'if_statement' ? node.children.find(({ kind }) => kind === 'else_clause') : undefined;
  if (clause === undefined) return [];
  const next = namedChildren(clause).find(({ kind }) => kind === 'if_statement');
  const rest = next?.children.find(({ kind }) => kind === 'else_clause');
  const removed = { start: clause.start, end: rest?.start ?? clause.end };
  if (!isShort(text, removed)) return [];
  if (rest !== undefined) return [replacing('branch', removed, '')];
  return [withSpaceBefore(text, clause)];
}

function removedMember(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (!['arguments', 'array', 'object'].includes(node.kind)) return [];
  const members = namedChildren(node);
  const operator = node.kind === 'arguments' ? 'argument' : 'element';
  return members.flatMap((member, index) => {
    if (operator === 'argument' && index < members.length - 1) return [];
    const previous = members[index - 1];
    const next = members[index + 1];
    const start = previous?.end ?? member.start;
    const end = previous === undefined && next !== undefined ? next.start : member.end;
    return isShort(text, { start, end }) ? [replacing(operator, { start, end }, '')] : [];
  });
}

function removedOperand(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (!isLogical(node)) return [];
  return namedChildren(node).map((operand) => replacing('condition', node, sourceOf(text, operand)));
}

/** `f(x)` becomes `x`: a conversion or a helper goes missing. */
function removedWrapper(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const [called, given] = node.children;
  if (node.kind !== 'call_expression' || called?.kind !== 'identifier' || given?.kind !== 'arguments') return [];
  const [only, ...others] = namedChildren(given);
  if (only === undefined || others.length > 0 || !PLAIN_VALUES.has(only.kind)) return [];
  return [replacing('wrapper', node, sourceOf(text, only))];
}

/** What can stand where a call stood, whatever is around it. */
export const PLAIN_VALUES: ReadonlySet<string> = new Set([
  'identifier',
  'call_expression',
  'member_expression',
  'subscript_expression',
]);
