import { asIs, memoise } from '../../memoise.ts';
import { applyEdit, type SourceEdit } from '../source-edit.ts';
import { importsOf, isUsed } from './imports.ts';
import { namesOf } from './scopes.ts';
import { bareCode, blockOf, parseFunction, parseGo, sourceOf, statementsIn, type GoFunction } from './syntax.ts';
import type { SyntaxNode } from '../syntax-tree.ts';

/**
 * Whether an edit of one function leaves code that Go may take: it parses, every name it reads is declared, every local
 * and every import is read, and a function with results ends in a return. Types are not looked at.
 */
export function mayCompile(text: string, definition: GoFunction, edit: SourceEdit): boolean {
  const { start } = definition;
  const own = { ...edit, start: edit.start - start, end: edit.end - start };
  const code = applyEdit(sourceOf(text, definition), own);
  const tree = parseFunction(code);
  if (tree === undefined || !returns(code, tree)) return false;
  const before = namesOf(text, definition.tree());
  const after = namesOf(code, tree);
  const known = knownOutside(text);
  return (
    after.redeclared.length <= before.redeclared.length &&
    isSubset(unreadLocals(after), new Set(unreadLocals(before))) &&
    [...after.outside].every((name) => known.has(name)) &&
    [...after.labels].every((label) => after.usedLabels.has(label)) &&
    [...after.usedLabels].every((label) => after.labels.has(label)) &&
    keepsImports(text, edit)
  );
}

function unreadLocals({ variables }: ReturnType<typeof namesOf>): readonly string[] {
  return variables.filter(({ used, parameter }) => !used && !parameter).map(({ name }) => name);
}

function isSubset(names: readonly string[], of: ReadonlySet<string>): boolean {
  return names.every((name) => of.has(name));
}

/** Every name that some function of the file takes from outside, and what the file itself declares. */
export const knownOutside = memoise(
  (text: string): ReadonlySet<string> =>
    new Set([
      ...parseGo(text).flatMap((definition) => [definition.name, ...namesOf(text, definition.tree()).outside]),
      ...[...text.matchAll(/^(?:var|const|\t)\s*(\w+)\b[^\n:]*=/gm)].map(([, name]) => name ?? ''),
    ]),
  { keyOf: asIs },
);

/** An import that only the removed code used would be left without a use. */
function keepsImports(text: string, { start, end, replacement }: SourceEdit): boolean {
  const bare = bareCode(text);
  const removed = bare.slice(start, end);
  return importsOf(text).every((each) => {
    if (!isUsed(each, removed) || isUsed(each, bareCode(replacement))) return true;
    return isUsed(each, bare.slice(0, start)) || isUsed(each, bare.slice(end));
  });
}

/** A function with results must not run off its end. */
function returns(code: string, tree: SyntaxNode): boolean {
  const body = blockOf(tree);
  if (body === undefined || !hasResult(tree, body)) return true;
  return isTerminating(code, statementsIn(body).at(-1));
}

function hasResult(tree: SyntaxNode, body: SyntaxNode): boolean {
  const name = tree.children.find(({ kind }) => kind === 'identifier' || kind === 'field_identifier');
  const lists = tree.children.filter(({ named, start, end }) => named && start > (name?.end ?? 0) && end <= body.start);
  return lists.filter(({ kind }) => kind !== 'type_parameter_list').length > 1;
}

/** Go's terminating statements, as the language defines them. */
function isTerminating(code: string, statement: SyntaxNode | undefined): boolean {
  if (statement === undefined) return false;
  switch (statement.kind) {
    case 'return_statement':
    case 'goto_statement':
      return true;
    case 'expression_statement':
      return /^panic\(/.test(sourceOf(code, statement));
    case 'block':
      return isTerminating(code, statementsIn(statement).at(-1));
    case 'if_statement': {
      const branches = statement.children.filter(({ kind }) => kind === 'block' || kind === 'if_statement');
      return branches.length === 2 && branches.every((branch) => isTerminating(code, branch));
    }
    case 'for_statement':
      return (
        !statement.children.some(({ kind, named }) => named && kind !== 'block' && kind !== 'comment') &&
        !breaks(statement)
      );
    case 'labeled_statement':
      return isTerminating(code, statement.children.at(-1));
    case 'expression_switch_statement':
    case 'type_switch_statement':
    case 'select_statement':
      return switchTerminates(code, statement);
    default:
      return false;
  }
}

function switchTerminates(code: string, statement: SyntaxNode): boolean {
  const cases = statement.children.filter(({ kind }) => kind.endsWith('_case'));
  const isComplete = statement.kind === 'select_statement' || cases.some(({ kind }) => kind === 'default_case');
  const ends = (each: SyntaxNode) => {
    const last = statementsIn(each).at(-1);
    return last?.kind === 'fallthrough_statement' || isTerminating(code, last);
  };
  return isComplete && cases.every(ends) && !breaks(statement);
}

/** Whether a `break` leaves this loop or switch; one with a label is taken to. */
function breaks(statement: SyntaxNode): boolean {
  const search = (node: SyntaxNode): boolean =>
    node.children.some((child) => {
      if (child.kind === 'break_statement') return true;
      return !OWN_BREAK.has(child.kind) && search(child);
    });
  return search(statement);
}

const OWN_BREAK = new Set([
  'for_statement',
  'expression_switch_statement',
  'type_switch_statement',
  'select_statement',
  'func_literal',
]);
