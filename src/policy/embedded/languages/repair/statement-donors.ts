import type { Failure } from '../language.ts';
import { walk, type SyntaxNode } from '../syntax-tree.ts';
import { likeness, renamed } from './adapted-code.ts';
import type { RepairDraft } from './draft.ts';
import { indented, type Gap, type Statement } from './statements.ts';

/** A statement of the file that may be what another function lacks. */
export interface Donor extends Statement {
  readonly sibling: boolean;
  readonly guard: boolean;
  /** How many of its names mean nothing in the function to repair. */
  readonly unknown: number;
  /** It reads something that the function has but does not use. */
  readonly usesUnused: boolean;
  readonly told: boolean;
}

/** A function to repair, as far as donors are chosen by it. */
interface RepairedFunction<Definition> {
  readonly text: string;
  readonly definition: Definition;
  readonly tree: SyntaxNode;
  readonly known: ReadonlySet<string>;
  readonly unused: ReadonlySet<string>;
}

/** What of a language decides which statements may be put into which function. */
export interface DonorLanguage<Scope extends RepairedFunction<Definition>, Definition> {
  readonly statementsOf: (text: string, definition: Definition) => readonly Statement[];
  /** Most lines of a statement. */
  readonly mostLines: number;
  /** Whether a statement says anything elsewhere: a declaration or a docstring does not. */
  readonly serves: (statement: Statement) => boolean;
  readonly isGuard: (text: string, node: SyntaxNode) => boolean;
  readonly namesIn: (code: string) => readonly string[];
  /** Names of the code that mean nothing in the function; none where `agrees` asks for more than names. */
  readonly unknownIn: (scope: Scope, names: readonly string[]) => number;
  readonly asksFor: (failure: Failure, code: string) => boolean;
  readonly isSibling: (text: string, one: Definition, other: Definition) => boolean;
  readonly nameMapping: (text: string, from: Definition, to: Definition) => ReadonlyMap<string, string>;
  /** Whether code of a function may mean the same in this one. */
  readonly agrees: (
    scope: Scope,
    from: Definition,
    code: { readonly code: string; readonly mapping?: ReadonlyMap<string, string> },
  ) => boolean;
}

/** Functions of a file that are looked at; beyond them it has little to do with the one to repair. */
export const MOST_FUNCTIONS = 40;

/** The statements of these functions, nearest first: those of siblings with their names changed too, each once. */
export function statementDonors<Scope extends RepairedFunction<Definition>, Definition>(
  language: DonorLanguage<Scope, Definition>,
  scope: Scope,
  { functions, failures }: { readonly functions: readonly Definition[]; readonly failures: readonly Failure[] },
): readonly Donor[] {
  const { text, definition } = scope;
  const describe = (statement: Statement, sibling: boolean): Donor => {
    const names = language.namesIn(statement.code);
    return {
      ...statement,
      sibling,
      guard: language.isGuard(text, statement.node),
      unknown: language.unknownIn(scope, names),
      usesUnused: names.some((name) => scope.unused.has(name)),
      told: failures.some((failure) => language.asksFor(failure, statement.code)),
    };
  };
  const donorsOf = (from: Definition): readonly Donor[] => {
    const statements = language
      .statementsOf(text, from)
      .filter((statement) => statement.code.split('\n').length <= language.mostLines && language.serves(statement));
    const mapping = language.nameMapping(text, from, definition);
    const adapted = mapping.size === 0 ? [] : statements.map((statement) => adaptedTo(statement, mapping));
    const own = language.isSibling(text, definition, from);
    return [
      ...adapted
        .filter(({ code }) => language.agrees(scope, from, { code, mapping }))
        .map((statement) => describe(statement, true)),
      ...statements
        .filter(({ code }) => language.agrees(scope, from, { code }))
        .map((statement) => describe(statement, own)),
    ].filter(({ unknown }) => unknown <= 1);
  };
  return distinctCodes(functions.flatMap(donorsOf));
}

function adaptedTo({ node, code, previous, next }: Statement, mapping: ReadonlyMap<string, string>): Statement {
  return {
    node,
    code: renamed(code, mapping),
    previous: renamed(previous, mapping),
    next: renamed(next, mapping),
  };
}

function distinctCodes(donors: readonly Donor[]): readonly Donor[] {
  const best = new Map<string, Donor>();
  for (const donor of donors) if (!best.has(keyOf(donor))) best.set(keyOf(donor), donor);
  return [...best.values()];
}

function keyOf({ code, previous, next }: Donor): string {
  return `${code}\n--\n${previous}\n--\n${next}`;
}

/** The donors that fit best into these gaps, at most so many. */
export function placedDonors(
  gaps: readonly Gap[],
  donors: readonly Donor[],
  { most, prefersEmpty }: { readonly most: number; readonly prefersEmpty: boolean },
): readonly RepairDraft[] {
  const pairs: { readonly gap: Gap; readonly donor: Donor; readonly fit: number }[] = [];
  for (const gap of gaps) {
    const forGap = prefersEmpty && gap.empty ? 1 : 0;
    for (const donor of donors) {
      const fit = fitOf(gap, donor) + forGap;
      if (fit > 0) pairs.push({ gap, donor, fit });
    }
  }
  return pairs
    .sort((one, other) => other.fit - one.fit)
    .slice(0, most)
    .map(({ gap, donor }) => insertion(gap, donor));
}

/** What decides which pairs of place and statement are kept as candidates at all. */
function fitOf(gap: Gap, donor: Donor): number {
  if (gap.next === donor.code || gap.previous === donor.code) return -10;
  const truths = [donor.sibling, donor.told, donor.told, donor.usesUnused, donor.usesUnused];
  return 3 * neighboursOf(gap, donor) + truths.filter(Boolean).length - 2 * donor.unknown;
}

/** 0 to 1: how alike the lines before and after are to those of the donor's own place. */
function neighboursOf(gap: Gap, donor: Donor): number {
  return (likeness(gap.previous, donor.previous) + likeness(gap.next, donor.next)) / 2;
}

function insertion(gap: Gap, donor: Donor): RepairDraft {
  return {
    operator: donor.guard ? 'guard' : 'statement',
    origin: 'donor',
    edit: { start: gap.at, end: gap.end, replacement: indented(donor.code, gap.indent) },
    sameNeighbours: neighboursOf(gap, donor),
    siblingDonor: donor.sibling,
    forPlaceholder: gap.empty,
    toldByFailure: donor.told,
  };
}

const MOST_RETURNS = 20;

/** Returns of these donors, those written like this function first. */
export function nearestReturns(donors: readonly Donor[], returns: RegExp): readonly Donor[] {
  return donors
    .filter(({ code, unknown }) => returns.test(code) && unknown === 0)
    .sort((one, other) => Number(other.sibling) - Number(one.sibling))
    .slice(0, MOST_RETURNS);
}

/** What the file's other functions return, in place of a return of nothing. */
export function returnedByOthers(
  { text, tree }: { readonly text: string; readonly tree: SyntaxNode },
  donors: readonly Donor[],
  { nothing, returns }: { readonly nothing: RegExp; readonly returns: RegExp },
): readonly RepairDraft[] {
  const spoiled = walk(tree).filter(({ node }) => nothing.test(text.slice(node.start, node.end)));
  const nearest = nearestReturns(donors, returns);
  return spoiled.flatMap(({ node: { start, end } }) =>
    nearest.map(({ code, sibling }): RepairDraft => ({
      operator: 'return-value',
      origin: 'donor',
      edit: { start, end, replacement: code },
      siblingDonor: sibling,
      forPlaceholder: true,
    })),
  );
}
