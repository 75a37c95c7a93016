import { isSibling, likeness, renamed } from '../../repair/adapted-code.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { sourceOf, type JavaScriptFunction } from '../syntax.ts';
import { namesIn, type Scope } from './scope.ts';
import { dedented, indented, nameMapping } from './statements.ts';

interface ClauseDonor {
  readonly kind: string;
  readonly code: string;
  /** First line of the statement that carries it. */
  readonly header: string;
  readonly sibling: boolean;
}

const MOST_CLAUSES = 30;
const MOST_LINES = 8;

const CARRIERS: Readonly<Partial<Record<string, string>>> = {
  else_clause: 'if_statement',
  switch_case: 'switch_body',
  switch_default: 'switch_body',
};

/** `else` clauses and cases of these functions, added to statements that could carry them. */
export function clauseDrafts(scope: Scope, functions: readonly JavaScriptFunction[]): readonly RepairDraft[] {
  const donors = functions
    .flatMap((from) => clausesOf(scope, from))
    .filter(({ code }) => code.split('\n').length <= MOST_LINES)
    .filter(({ code }) => namesIn(code).every((name) => scope.known.has(name)));
  return walk(scope.tree)
    .flatMap(({ node }) =>
      donors.filter((donor) => mayCarry(scope, node, donor)).flatMap((donor) => added(scope, node, donor)),
    )
    .slice(0, MOST_CLAUSES);
}

function clausesOf({ text, definition }: Scope, from: JavaScriptFunction): readonly ClauseDonor[] {
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
  if (CARRIERS[kind] !== node.kind || sourceOf(text, node).includes(code)) return false;
  return kind === 'switch_case' || !node.children.some((child) => child.kind === kind);
}

function added({ text }: Scope, node: SyntaxNode, donor: ClauseDonor): readonly RepairDraft[] {
  const common = {
    operator: 'branch',
    origin: 'donor',
    sameNeighbours: likeness(firstLine(text, node), donor.header),
    siblingDonor: donor.sibling,
  } as const;
  if (node.kind === 'if_statement') {
    const code = indented(donor.code, indentOf(text, node.start)).trim();
    return [{ ...common, edit: { start: node.end, end: node.end, replacement: ` ${code}` } }];
  }
  const cases = namedChildren(node);
  const ends = cases.find(({ kind }) => kind === 'switch_default') ?? node.children.at(-1);
  if (cases[0] === undefined || ends === undefined) return [];
  const at = lineStart(text, ends.start);
  return [
    { ...common, edit: { start: at, end: at, replacement: indented(donor.code, indentOf(text, cases[0].start)) } },
  ];
}

function firstLine(text: string, { start }: SyntaxNode): string {
  return text.slice(start, nextLineStart(text, start)).trimEnd();
}
