import type { SourceEdit } from '../../source-edit.ts';
import type { Failure } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { likeness, renamed } from '../../repair/adapted-code.ts';
import { mayCompile } from '../compiles.ts';
import { isGuard } from '../removal.ts';
import { walk } from '../../syntax-tree.ts';
import { sourceOf, type GoFunction } from '../syntax.ts';
import { agrees } from './agreement.ts';
import { clauseDrafts } from './clauses.ts';
import { namesIn } from '../names.ts';
import type { Scope } from './scope.ts';
import { isSibling, nameMapping, nearestFirst } from './siblings.ts';
import { blocksIn, gapsIn, indented, statementsOf, type Gap, type Statement } from './statements.ts';

interface Donor extends Statement {
  readonly sibling: boolean;
  readonly guard: boolean;
  /** It reads a parameter that nothing reads. */
  readonly usesUnused: boolean;
  readonly told: boolean;
}

/** Most functions, lines of a statement, and statements put somewhere, of one file. */
const MOST_FUNCTIONS = 40;
const MOST_LINES = 8;
const MOST_DRAFTS = 90;
/** Places that are looked at for those drafts: most of them do not compile. */
const MOST_PLACES = 300;
const MOST_RETURNS = 20;

/** Statements and clauses of the same file, put back where they may be missing. */
export function donorDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const donors = distinctCodes(functions.flatMap((from) => statementDonors(scope, from, failures)));
  const gaps = blocksIn(scope.tree)
    .flatMap((block) => gapsIn(scope.text, block))
    .filter(({ at }) => scope.isReached(at));
  const placed = gaps
    .flatMap((gap) => donors.map((donor) => ({ gap, donor, fit: fitOf(gap, donor) })))
    .filter(({ fit }) => fit > 0)
    .sort((one, other) => other.fit - one.fit)
    .slice(0, MOST_PLACES)
    .map(({ gap, donor }) => insertion(gap, donor));
  return [
    ...compiling(scope, placed).slice(0, MOST_DRAFTS),
    ...compiling(scope, returnedByOthers(scope, donors)).slice(0, MOST_RETURNS),
    ...compiling(scope, clauseDrafts(scope, functions)),
  ];
}

export function compiling({ text, definition }: Scope, drafts: readonly RepairDraft[]): readonly RepairDraft[] {
  return drafts.filter(({ edit }) => mayCompile(text, definition, edit));
}

/** A return in place of what the file's other functions return; those of siblings come first. */
function returnedByOthers({ text, tree }: Scope, donors: readonly Donor[]): readonly RepairDraft[] {
  const returns = donors.filter(({ code }) => /^return \S[^\n]*$/.test(code));
  const nearest = [...returns].sort((one, other) => Number(other.sibling) - Number(one.sibling)).slice(0, MOST_RETURNS);
  return walk(tree).flatMap(({ node }) => {
    const code = sourceOf(text, node);
    if (node.kind !== 'return_statement' || !/^return .*(?:\bnil|\bfalse|\btrue|""|\b0)\b|^return$/.test(code))
      return [];
    return nearest
      .filter((donor) => donor.code !== code && commas(donor.code) === commas(code))
      .map((donor): RepairDraft => ({
        operator: 'return-value',
        origin: 'donor',
        edit: { start: node.start, end: node.end, replacement: donor.code },
        siblingDonor: donor.sibling,
      }));
  });
}

function commas(code: string): number {
  return code.split(',').length;
}

function statementDonors(scope: Scope, from: GoFunction, failures: readonly Failure[]): readonly Donor[] {
  const { text, definition } = scope;
  const statements = statementsOf(text, from).filter(({ code }) => code.split('\n').length <= MOST_LINES);
  const mapping = nameMapping(text, from, definition);
  const adapted = mapping.size === 0 ? [] : statements.map((statement) => adaptedTo(statement, mapping));
  const describe = (statement: Statement, sibling: boolean): Donor => {
    const names = namesIn(statement.code);
    return {
      ...statement,
      sibling,
      guard: isGuard(text, statement.node),
      usesUnused: names.some((name) => scope.unused.has(name)),
      told: failures.some((failure) => asksFor(failure, statement.code)),
    };
  };
  const own = isSibling(text, definition, from);
  return [
    ...adapted
      .filter(({ code }) => agrees(scope, from, { code, mapping }))
      .map((statement) => describe(statement, true)),
    ...statements.filter(({ code }) => agrees(scope, from, { code })).map((statement) => describe(statement, own)),
  ];
}

function adaptedTo(statement: Statement, mapping: ReadonlyMap<string, string>): Statement {
  return {
    node: statement.node,
    code: renamed(statement.code, mapping),
    previous: renamed(statement.previous, mapping),
    next: renamed(statement.next, mapping),
  };
}

/** Whether what is missing shows in a failure: an error that was expected and did not come, an index out of range. */
export function asksFor({ error, message }: Failure, code: string): boolean {
  if (error === 'panic') {
    if (/index out of range|slice bounds/.test(message)) return /\blen\(/.test(code);
    return message.includes('nil pointer') && /[!=]= nil\b/.test(code);
  }
  const expectsError =
    /expected (?:an )?error|wanted? (?:an )?error|should (?:have )?(?:fail|error)|no error|nil error/i;
  return expectsError.test(message) && /\breturn\b.*(?:\bErr|\berr|errors\.|Errorf)/.test(code);
}

function distinctCodes(donors: readonly Donor[]): readonly Donor[] {
  const best = new Map<string, Donor>();
  for (const donor of donors) {
    const key = `${donor.code}\n--\n${donor.previous}\n--\n${donor.next}`;
    if (!best.has(key)) best.set(key, donor);
  }
  return [...best.values()];
}

/** What decides which pairs of place and statement are kept as candidates at all. */
function fitOf(gap: Gap, donor: Donor): number {
  if (gap.next === donor.code || gap.previous === donor.code) return -10;
  const truths = [donor.sibling, donor.told, donor.told, donor.usesUnused, donor.usesUnused, gap.empty];
  return 3 * neighboursOf(gap, donor) + truths.filter(Boolean).length;
}

/** 0 to 1: how alike the lines before and after are to those of the donor's own place. */
function neighboursOf(gap: Gap, donor: Donor): number {
  return (likeness(gap.previous, donor.previous) + likeness(gap.next, donor.next)) / 2;
}

function insertion(gap: Gap, donor: Donor): RepairDraft {
  const edit: SourceEdit = { start: gap.at, end: gap.at, replacement: indented(donor.code, gap.indent) };
  return {
    operator: donor.guard ? 'guard' : 'statement',
    origin: 'donor',
    edit,
    sameNeighbours: neighboursOf(gap, donor),
    siblingDonor: donor.sibling,
    forPlaceholder: gap.empty,
    toldByFailure: donor.told,
  };
}
