import { isSibling, likeness, renamed } from '../../repair/adapted-code.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import type { Failure } from '../../language.ts';
import { walk } from '../../syntax-tree.ts';
import { isGuard } from '../removal.ts';
import { functionsIn, sourceOf, type JavaScriptFunction } from '../syntax.ts';
import { clauseDrafts } from './clauses.ts';
import { namesIn, type Scope } from './scope.ts';
import { blocksIn, gapsIn, indented, nameMapping, statementsOf, type Gap, type Statement } from './statements.ts';
import { asksFor } from './told-by-failure.ts';

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
const MOST_RETURNS = 20;

/** Statements and clauses of the same file, put back where they may be missing. */
export function donorDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const donors = distinctCodes(functions.flatMap((from) => statementDonors(scope, from, failures)));
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  const statements = gaps
    .flatMap((gap) => donors.map((donor) => ({ gap, donor, fit: fitOf(gap, donor) })))
    .filter(({ fit }) => fit > 0)
    .sort((one, other) => other.fit - one.fit)
    .slice(0, MOST_DRAFTS)
    .map(({ gap, donor }) => insertion(gap, donor));
  return [...statements, ...returnedByOthers(scope, donors), ...clauseDrafts(scope, functions)];
}

/** `return undefined` in place of what the file's other functions return; those written like this one come first. */
function returnedByOthers({ text, tree }: Scope, donors: readonly Donor[]): readonly RepairDraft[] {
  const spoiled = walk(tree).filter(({ node }) => /^return undefined;?$/.test(sourceOf(text, node)));
  const returns = donors.filter(({ code, unknown }) => /^return \S.*$/.test(code) && unknown === 0);
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

/** Functions of the same class and of the same name first, then those around. */
function nearestFirst({ text, definition }: Scope): readonly JavaScriptFunction[] {
  const distance = (other: JavaScriptFunction) =>
    Math.abs(other.start - definition.start) * (isSibling(definition, other) ? 1 : 4);
  return [...functionsIn(text)].sort((one, other) => distance(one) - distance(other));
}

function statementDonors(scope: Scope, from: JavaScriptFunction, failures: readonly Failure[]): readonly Donor[] {
  const { text, definition } = scope;
  const statements = statementsOf(text, from)
    .filter(({ code, node }) => code.split('\n').length <= MOST_LINES && node.children[0]?.kind !== 'string')
    .filter(({ node }) => !/^(?:function|generator|class)\w*_declaration$|^empty_statement$/.test(node.kind));
  const mapping = nameMapping(text, from, definition);
  const adapted = mapping.size === 0 ? [] : statements.map((statement) => adaptedTo(statement, mapping));
  const describe = (statement: Statement, sibling: boolean): Donor => {
    const declared = /^(?:var|let|const)\s+([\w$]+)/.exec(statement.code)?.[1];
    const names = namesIn(statement.code).filter((name) => name !== declared);
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
    edit: { start: gap.at, end: gap.at, replacement: indented(donor.code, gap.indent) },
    sameNeighbours: neighboursOf(gap, donor),
    siblingDonor: donor.sibling,
    forPlaceholder: gap.empty,
    toldByFailure: donor.told,
  };
}
