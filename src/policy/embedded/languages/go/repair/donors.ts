import type { Failure } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import {
  MOST_FUNCTIONS,
  nearestReturns,
  placedDonors,
  statementDonors,
  type Donor,
  type DonorLanguage,
} from '../../repair/statement-donors.ts';
import { walk } from '../../syntax-tree.ts';
import { mayCompile } from '../compiles.ts';
import { namesIn } from '../names.ts';
import { isGuard } from '../removal.ts';
import { sourceOf, type GoFunction } from '../syntax.ts';
import { agrees } from './agreement.ts';
import { clauseDrafts } from './clauses.ts';
import type { Scope } from './scope.ts';
import { isSibling, nameMapping, nearestFirst } from './siblings.ts';
import { blocksIn, gapsIn, statementsOf } from './statements.ts';

/** Most statements put somewhere in one function. */
const MOST_DRAFTS = 90;
/** Places that are looked at for those drafts: most of them do not compile. */
const MOST_PLACES = 300;
const MOST_RETURNS = 20;

const GO: DonorLanguage<Scope, GoFunction> = {
  ...{ statementsOf, nameMapping, namesIn, asksFor, isGuard, isSibling, agrees },
  mostLines: 8,
  serves: () => true,
  unknownIn: () => 0,
};

/** Statements and clauses of the same file, put back where they may be missing. */
export function donorDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const donors = statementDonors(GO, scope, { functions, failures });
  const gaps = blocksIn(scope.tree)
    .flatMap((block) => gapsIn(scope.text, block))
    .filter(({ at }) => scope.isReached(at));
  const placed = placedDonors(gaps, donors, { most: MOST_PLACES, prefersEmpty: true });
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
  const nearest = nearestReturns(donors, /^return \S[^\n]*$/);
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
