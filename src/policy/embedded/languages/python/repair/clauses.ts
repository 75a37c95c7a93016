import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { walk, type PythonFunction, type SyntaxNode } from '../syntax.ts';
import { isSibling, likeness, renamed } from '../../repair/adapted-code.ts';
import { nameMapping } from './adapted-code.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { namesIn, type Scope } from './scope.ts';
import { dedented, indented } from './statements.ts';

interface ClauseDonor {
  readonly kind: string;
  readonly code: string;
  /** First line of the statement that carries it. */
  readonly header: string;
  readonly sibling: boolean;
}

const MOST_CLAUSES = 30;
const MOST_LINES = 6;

const CARRIERS: Readonly<Partial<Record<string, string>>> = {
  else_clause: 'if_statement',
  elif_clause: 'if_statement',
  except_clause: 'try_statement',
};

/** `else`, `elif` and `except` clauses of these functions, added to statements that could carry them. */
export function clauseDrafts(scope: Scope, functions: readonly PythonFunction[]): readonly RepairDraft[] {
  const donors = functions
    .flatMap((from) => clausesOf(scope, from))
    .filter(({ code }) => code.split('\n').length <= MOST_LINES)
    .filter(({ code }) => namesIn(code).every((name) => scope.known.has(name)));
  return walk(scope.tree)
    .flatMap(({ node }) =>
      donors.filter((donor) => mayCarry(scope, node, donor)).map((donor) => added(scope, node, donor)),
    )
    .slice(0, MOST_CLAUSES);
}

function clausesOf({ text, definition }: Scope, from: PythonFunction): readonly ClauseDonor[] {
  const mapping = nameMapping(text, from, definition);
  return walk(from.tree()).flatMap(({ node, ancestors }) => {
    const carrier = ancestors.at(-1);
    if (CARRIERS[node.kind] === undefined || carrier === undefined) return [];
    return {
      kind: node.kind,
      code: renamed(dedented(text, node), mapping),
      header: renamed(firstLine(text, carrier), mapping),
      sibling: mapping.size > 0 || isSibling(definition, from),
    };
  });
}

function mayCarry({ text }: Scope, node: SyntaxNode, { kind, code }: ClauseDonor): boolean {
  if (CARRIERS[kind] !== node.kind || dedented(text, node).includes(code)) return false;
  return kind !== 'else_clause' || !node.children.some((child) => child.kind === 'else_clause');
}

function added({ text }: Scope, node: SyntaxNode, donor: ClauseDonor): RepairDraft {
  const behind = node.children.find(({ kind }) => kind === 'else_clause' || kind === 'finally_clause');
  const at = behind === undefined ? nextLineStart(text, node.end) : lineStart(text, behind.start);
  return {
    operator: 'branch',
    origin: 'donor',
    edit: { start: at, end: at, replacement: indented(donor.code, indentOf(text, node.start)) },
    sameNeighbours: likeness(firstLine(text, node), donor.header),
    siblingDonor: donor.sibling,
  };
}

function firstLine(text: string, { start }: SyntaxNode): string {
  return text.slice(start, nextLineStart(text, start)).trimEnd();
}
