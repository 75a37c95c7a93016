import { replacing, type CodeEdit } from '../code-edit.ts';
import type { Operator } from '../../choice/operator.ts';
import { lineStart, nextLineStart } from '../source-edit.ts';
import { blockOf, namedChildren, walk, type PythonFunction, type SyntaxNode } from './syntax.ts';

/** A hunk larger than this is a rewrite, not a bug that a small repair can undo. */
const MOST_LINES = 8;

const LEAVING = new Set(['return_statement', 'raise_statement', 'continue_statement', 'break_statement']);

/** What can be taken out of a function: statements, guards, branches, arguments, parts of conditions, elements. */
export function removalEdits(text: string, definition: PythonFunction): readonly CodeEdit[] {
  return walk(definition.tree()).flatMap(({ node, ancestors }) => [
    ...removedStatements(text, node, ancestors),
    ...removedClause(text, node),
    ...removedArgument(text, node),
    ...removedOperand(text, node),
    ...removedWrapper(text, node),
  ]);
}

function removedStatements(text: string, block: SyntaxNode, ancestors: readonly SyntaxNode[]): readonly CodeEdit[] {
  if (block.kind !== 'block') return [];
  const statements = namedChildren(block);
  const isBody = ancestors.at(-1)?.kind === 'function_definition';
  return statements.flatMap((statement, index) => {
    if (isDocstring(statement) || statement.kind === 'pass_statement') return [];
    // Taking out all that a function does is noticed by every test; taking out its only helper statement is not.
    if (isBody && statements.length === 1) return [];
    return removedLines(text, statement, {
      operator: isGuard(statement) ? 'guard' : 'statement',
      replacement: statements.length === 1 ? 'pass' : undefined,
      alone: ownLines(text, statement) && statements[index - 1]?.end !== statement.start,
    });
  });
}

interface Removal {
  readonly operator: Operator;
  readonly replacement: string | undefined;
  readonly alone: boolean;
}

function removedLines(text: string, node: SyntaxNode, { operator, replacement, alone }: Removal): readonly CodeEdit[] {
  if (text.slice(node.start, node.end).split('\n').length > MOST_LINES) return [];
  if (replacement !== undefined) return [replacing(operator, node, replacement)];
  if (!alone) return [];
  const edit = { start: lineStart(text, node.start), end: nextLineStart(text, node.end), replacement: '' };
  return [{ operator, edit }];
}

/** Nothing else stands on the lines of the node (`a; b` and `if x: y` share one). */
function ownLines(text: string, node: SyntaxNode): boolean {
  const before = text.slice(lineStart(text, node.start), node.start);
  const after = text.slice(node.end, nextLineStart(text, node.end));
  return before.trim() === '' && /^\s*(?:#.*)?\s*$/.test(after);
}

/** `if …:` without alternative whose block leaves: return, raise, continue, break. */
export function isGuard(statement: SyntaxNode): boolean {
  if (statement.kind !== 'if_statement') return false;
  if (statement.children.some(({ kind }) => kind === 'elif_clause' || kind === 'else_clause')) return false;
  const last = namedChildren(blockOf(statement) ?? statement).at(-1);
  return last !== undefined && LEAVING.has(last.kind);
}

function removedClause(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const clauses = node.children.filter(({ kind }) =>
    ['elif_clause', 'else_clause', 'except_clause', 'finally_clause', 'case_clause'].includes(kind),
  );
  return clauses.flatMap((clause) => {
    const handlers = clauses.filter(({ kind }) => kind === 'except_clause' || kind === 'finally_clause');
    // A `try` needs one of them, and an `else` after the last handler goes with it.
    if (handlers.includes(clause) && handlers.length === 1) return [];
    if (clause.kind === 'case_clause' && clauses.length === 1) return [];
    return removedLines(text, clause, { operator: 'branch', replacement: undefined, alone: ownLines(text, clause) });
  });
}

function removedArgument(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (!['argument_list', 'list', 'dictionary', 'tuple', 'set'].includes(node.kind)) return [];
  const members = namedChildren(node);
  const operator = node.kind === 'argument_list' ? 'argument' : 'element';
  return members.flatMap((member, index) => {
    const removable = member.kind === 'keyword_argument' || index === members.length - 1 || operator === 'element';
    if (!removable || (node.kind === 'tuple' && members.length < 3)) return [];
    const previous = members[index - 1];
    const next = members[index + 1];
    const start = previous?.end ?? member.start;
    const end = previous === undefined && next !== undefined ? next.start : member.end;
    if (text.slice(start, end).split('\n').length > MOST_LINES) return [];
    return [{ operator, edit: { start, end, replacement: '' } } as const];
  });
}

function removedOperand(text: string, node: SyntaxNode): readonly CodeEdit[] {
  if (node.kind !== 'boolean_operator') return [];
  return namedChildren(node).map((operand) => replacing('condition', node, text.slice(operand.start, operand.end)));
}

/** `f(x)` becomes `x`: a conversion or a helper goes missing. */
function removedWrapper(text: string, node: SyntaxNode): readonly CodeEdit[] {
  const [called, parameters] = node.children;
  if (node.kind !== 'call' || called?.kind !== 'identifier' || parameters?.kind !== 'argument_list') return [];
  const [only, ...others] = namedChildren(parameters);
  if (
    only === undefined ||
    others.length > 0 ||
    !['identifier', 'call', 'attribute', 'subscript'].includes(only.kind)
  ) {
    return [];
  }
  return [replacing('wrapper', node, text.slice(only.start, only.end))];
}

function isDocstring(statement: SyntaxNode): boolean {
  return statement.kind === 'expression_statement' && statement.children[0]?.kind === 'string';
}
