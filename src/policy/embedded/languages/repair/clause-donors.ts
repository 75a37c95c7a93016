import { nextLineStart } from '../source-edit.ts';
import { walk, type SyntaxNode } from '../syntax-tree.ts';
import { likeness, renamed } from './adapted-code.ts';
import type { RepairDraft } from './draft.ts';

/** A branch of one statement that may be what another lacks. */
export interface ClauseDonor {
  readonly kind: string;
  readonly code: string;
  /** First line of the statement that carries it. */
  readonly header: string;
  readonly sibling: boolean;
}

interface RepairedFunction<Definition> {
  readonly text: string;
  readonly definition: Definition;
  readonly tree: SyntaxNode;
  readonly known: ReadonlySet<string>;
}

/** How a language hangs branches on statements. */
export interface ClauseLanguage<Definition> {
  /** Kinds of branches, with the kind of node that carries them. */
  readonly carriers: Readonly<Partial<Record<string, string>>>;
  /** Most lines of a branch. */
  readonly mostLines: number;
  readonly dedented: (text: string, node: SyntaxNode) => string;
  readonly namesIn: (code: string) => readonly string[];
  readonly nameMapping: (text: string, from: Definition, to: Definition) => ReadonlyMap<string, string>;
  readonly isSibling: (one: Definition, other: Definition) => boolean;
  /** Whether a node of the right kind can take this branch on. */
  readonly mayCarry: (text: string, node: SyntaxNode, donor: ClauseDonor) => boolean;
  /** Where in the node it goes, and in which form; undefined where there is no place. */
  readonly placeOf: (text: string, node: SyntaxNode, donor: ClauseDonor) => RepairDraft['edit'] | undefined;
}

const MOST_CLAUSES = 30;

/** Branches of these functions, added to statements that could carry them. */
export function clausesOfOthers<Definition extends { tree(): SyntaxNode }>(
  language: ClauseLanguage<Definition>,
  scope: RepairedFunction<Definition>,
  functions: readonly Definition[],
): readonly RepairDraft[] {
  const { text, known, tree } = scope;
  const donors = functions
    .flatMap((from) => clausesOf(language, scope, from))
    .filter(({ code }) => code.split('\n').length <= language.mostLines)
    .filter(({ code }) => language.namesIn(code).every((name) => known.has(name)));
  return walk(tree)
    .flatMap(({ node }) =>
      donors
        .filter((donor) => language.carriers[donor.kind] === node.kind && language.mayCarry(text, node, donor))
        .flatMap((donor) => added(language, text, { node, donor })),
    )
    .slice(0, MOST_CLAUSES);
}

function clausesOf<Definition extends { tree(): SyntaxNode }>(
  { carriers, dedented, nameMapping, isSibling }: ClauseLanguage<Definition>,
  { text, definition }: RepairedFunction<Definition>,
  from: Definition,
): readonly ClauseDonor[] {
  const mapping = nameMapping(text, from, definition);
  return walk(from.tree()).flatMap(({ node, ancestors }) => {
    const carrier = ancestors.at(-1);
    if (carriers[node.kind] === undefined || carrier === undefined) return [];
    return {
      kind: node.kind,
      code: renamed(dedented(text, node), mapping),
      header: renamed(firstLine(text, carrier), mapping),
      sibling: mapping.size > 0 || isSibling(definition, from),
    };
  });
}

function added<Definition>(
  { placeOf }: ClauseLanguage<Definition>,
  text: string,
  { node, donor }: { readonly node: SyntaxNode; readonly donor: ClauseDonor },
): readonly RepairDraft[] {
  const edit = placeOf(text, node, donor);
  if (edit === undefined) return [];
  const sameNeighbours = likeness(firstLine(text, node), donor.header);
  return [{ operator: 'branch', origin: 'donor', edit, sameNeighbours, siblingDonor: donor.sibling }];
}

function firstLine(text: string, { start }: SyntaxNode): string {
  return text.slice(start, nextLineStart(text, start)).trimEnd();
}
