import type { Failure } from '../../language.ts';
import { nextLineStart, indentOf } from '../../source-edit.ts';
import { isGuard } from '../removal.ts';
import { parsePython, walk, type PythonFunction, type SyntaxNode } from '../syntax.ts';
import type { RepairDraft } from './draft.ts';
import { nameMapping, renamed, shapeOf } from './adapted-code.ts';
import { namesIn, type Scope } from './scope.ts';
import { blocksIn, dedented, gapsIn, indented, statementsOf, type Gap, type Statement } from './statements.ts';

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
  return [...statements, ...clauseDrafts(scope, functions)];
}

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

function isSibling(one: PythonFunction, other: PythonFunction): boolean {
  const classOf = ({ qualifiedName }: PythonFunction) => qualifiedName.split('.').slice(0, -1).join('.');
  return one.name === other.name || (classOf(one) !== '' && classOf(one) === classOf(other));
}

function statementDonors(scope: Scope, from: PythonFunction, failures: readonly Failure[]): readonly Donor[] {
  const { text, definition } = scope;
  const statements = statementsOf(text, from)
    .filter(({ code, node }) => code.split('\n').length <= MOST_LINES && node.children[0]?.kind !== 'string')
    .filter(({ node }) => !['pass_statement', 'function_definition', 'class_definition'].includes(node.kind));
  const mapping = from === definition ? new Map<string, string>() : nameMapping(text, from, definition);
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
export function asksFor({ error, message }: Failure, code: string): boolean {
  const raised = /(\w+) not raised|DID NOT RAISE.*?(\w+)['>]/.exec(message);
  const expected = raised?.[1] ?? raised?.[2];
  if (expected !== undefined) return code.includes(`raise ${expected}`);
  const missing = ['NameError', 'UnboundLocalError', 'AttributeError'].includes(error)
    ? /(?:name|variable|attribute) '(\w+)'/.exec(message)?.[1]
    : undefined;
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

function likeness(one: string, other: string): number {
  if (one === other) return one === '' ? 0.5 : 1;
  if (one === '' || other === '') return 0;
  return shapeOf(one) === shapeOf(other) ? 0.6 : firstWord(one) === firstWord(other) ? 0.2 : 0;
}

function firstWord(code: string): string {
  return /^\w+/.exec(code)?.[0] ?? code.slice(0, 1);
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

/** `else`, `elif` and `except` clauses of the file, added to statements that could carry them. */
function clauseDrafts(scope: Scope, functions: readonly PythonFunction[]): readonly RepairDraft[] {
  const mappingFrom = (from: PythonFunction) =>
    from === scope.definition ? new Map<string, string>() : nameMapping(scope.text, from, scope.definition);
  const donors = functions.flatMap((from) =>
    walk(from.tree())
      .filter(({ node }) => CARRIERS[node.kind] !== undefined)
      .map(({ node, ancestors }) => ({ node, carrier: ancestors.at(-1), sibling: isSibling(scope.definition, from) }))
      .map((donor) => ({ ...donor, code: renamed(dedented(scope.text, donor.node), mappingFrom(from)) }))
      .filter(({ code }) => code.split('\n').length <= MOST_LINES)
      .filter(({ code }) => namesIn(code).every((name) => scope.known.has(name))),
  );
  return walk(scope.tree)
    .flatMap(({ node }) =>
      donors
        .filter((donor) => CARRIERS[donor.node.kind] === node.kind && mayCarry(node, donor.node))
        .map((donor) => clauseInsertion(scope, node, donor)),
    )
    .slice(0, MOST_CLAUSES);
}

const MOST_CLAUSES = 30;

const CARRIERS: Readonly<Partial<Record<string, string>>> = {
  else_clause: 'if_statement',
  elif_clause: 'if_statement',
  except_clause: 'try_statement',
};

function mayCarry(node: SyntaxNode, clause: SyntaxNode): boolean {
  const hasElse = node.children.some(({ kind }) => kind === 'else_clause');
  return clause.kind === 'except_clause' || !hasElse;
}

function clauseInsertion(
  { text }: Scope,
  node: SyntaxNode,
  donor: {
    readonly node: SyntaxNode;
    readonly carrier: SyntaxNode | undefined;
    readonly code: string;
    readonly sibling: boolean;
  },
): RepairDraft {
  const at = nextLineStart(text, node.end);
  const header = (of: SyntaxNode | undefined) =>
    of === undefined ? '' : text.slice(of.start, text.indexOf('\n', of.start));
  return {
    operator: 'branch',
    origin: 'donor',
    edit: { start: at, end: at, replacement: indented(donor.code, indentOf(text, node.start)) },
    sameNeighbours: likeness(header(node), header(donor.carrier)),
    siblingDonor: donor.sibling,
  };
}
