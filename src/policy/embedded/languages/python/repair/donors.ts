import type { Failure } from '../../language.ts';
import { isGuard } from '../removal.ts';
import { parsePython, walk, type PythonFunction } from '../syntax.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { isSibling, likeness, renamed } from '../../repair/adapted-code.ts';
import { nameMapping } from './adapted-code.ts';
import { namesIn, type Scope } from './scope.ts';
import { clauseDrafts } from './clauses.ts';
import { missingName } from './unknown-names.ts';
import { blocksIn, gapsIn, indented, statementsOf, type Gap, type Statement } from './statements.ts';

interface Donor extends Statement {
  readonly sibling: boolean;
  readonly guard: boolean;
  /** How many of its names mean nothing in the function to repair. */
  readonly unknown: number;
  /** It reads something that the function has but does not use. */
  readonly usesUnused: boolean;
  readonly told: boolean;
}

/** Most functions, lines of a statement, and statements put somewhere, of one file. */
const MOST_FUNCTIONS = 40;
const MOST_LINES = 6;
const MOST_DRAFTS = 90;

/** Statements and clauses of the same file, put back where they may be missing. */
export function donorDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const donors = distinctCodes(functions.flatMap((from) => statementDonors(scope, from, failures)));
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  const placed = gaps.flatMap((gap) => fittingPairs(gap, donors));
  const statements = placed
    .sort((one, other) => other.fit - one.fit)
    .slice(0, MOST_DRAFTS)
    .map(({ gap, donor }) => insertion(gap, donor));
  return [...statements, ...returnedByOthers(scope, donors), ...clauseDrafts(scope, functions)];
}

/** `return None` in place of what the file's other functions return; those written like this one come first. */
function returnedByOthers({ text, tree }: Scope, donors: readonly Donor[]): readonly RepairDraft[] {
  const spoiled = walk(tree).filter(({ node }) => /^return None$/.test(text.slice(node.start, node.end)));
  const returns = donors.filter(({ code, unknown }) => /^return \w.*$/.test(code) && unknown === 0);
  const nearest = [...returns].sort((one, other) => Number(other.sibling) - Number(one.sibling)).slice(0, MOST_RETURNS);
  return spoiled.flatMap(({ node: { start, end } }) =>
    nearest.map(({ code, sibling }) => ({
      operator: 'return-value',
      origin: 'donor',
      edit: { start, end, replacement: code },
      siblingDonor: sibling,
      forPlaceholder: true,
    })),
  );
}

const MOST_RETURNS = 20;

function fittingPairs(gap: Gap, donors: readonly Donor[]) {
  const pairs: { readonly gap: Gap; readonly donor: Donor; readonly fit: number }[] = [];
  for (const donor of donors) {
    const fit = fitOf(gap, donor);
    if (fit > 0) pairs.push({ gap, donor, fit });
  }
  return pairs;
}

/** Functions of the same class and of the same name first, then those around. */
function nearestFirst({ text, definition }: Scope): readonly PythonFunction[] {
  const distance = (other: PythonFunction) =>
    Math.abs(other.start - definition.start) * (isSibling(definition, other) ? 1 : 4);
  return [...parsePython(text).functions].sort((one, other) => distance(one) - distance(other));
}

function statementDonors(scope: Scope, from: PythonFunction, failures: readonly Failure[]): readonly Donor[] {
  const { text, definition } = scope;
  const statements = statementsOf(text, from)
    .filter(({ code, node }) => code.split('\n').length <= MOST_LINES && node.children[0]?.kind !== 'string')
    .filter(({ node }) => !['pass_statement', 'function_definition', 'class_definition'].includes(node.kind));
  const mapping = nameMapping(text, from, definition);
  const adapted = mapping.size === 0 ? [] : statements.map((statement) => adaptedTo(statement, mapping));
  const describe = (statement: Statement, sibling: boolean): Donor => {
    const names = namesIn(statement.code);
    return {
      ...statement,
      sibling,
      guard: isGuard(statement.node),
      unknown: names.filter((name) => !scope.known.has(name)).length,
      usesUnused: names.some((name) => scope.unused.has(name)),
      told: failures.some((failure) => asksFor(failure, statement.code)),
    };
  };
  return [
    ...adapted.map((statement) => describe(statement, true)),
    ...statements.map((statement) => describe(statement, isSibling(definition, from))),
  ].filter(({ unknown }) => unknown <= 1);
}

function adaptedTo(statement: Statement, mapping: ReadonlyMap<string, string>): Statement {
  return {
    node: statement.node,
    code: renamed(statement.code, mapping),
    previous: renamed(statement.previous, mapping),
    next: renamed(statement.next, mapping),
  };
}

/** Whether a failure names what the statement brings: the name or attribute that is missing, the error not raised. */
export function asksFor(failure: Failure, code: string): boolean {
  const raised = /(\w+) not raised|DID NOT RAISE.*?(\w+)['>]/.exec(failure.message);
  const expected = raised?.[1] ?? raised?.[2];
  if (expected !== undefined) return code.includes(`raise ${expected}`);
  const [missing] = missingName(failure);
  return missing !== undefined && new RegExp(`\\b${missing}\\b[^=\\n]*=(?!=)`).test(code);
}

function distinctCodes(donors: readonly Donor[]): readonly Donor[] {
  const best = new Map<string, Donor>();
  for (const donor of donors) if (!best.has(keyOf(donor))) best.set(keyOf(donor), donor);
  return [...best.values()];
}

function keyOf({ code, previous, next }: Donor): string {
  return `${code}\n--\n${previous}\n--\n${next}`;
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
    forPlaceholder: gap.end > gap.at,
    toldByFailure: donor.told,
  };
}
