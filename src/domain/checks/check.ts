import type { CheckFinding } from '../record/check-record.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import type { CleanState } from './clean-state.ts';
import type { FactName, Gathered } from './gathered.ts';
import type { ValidationConfig } from './validation-facts.ts';

/** One check of consistency validation. Order, profiles, records, durations and logs are derived from it. */
export interface Check<Name extends string = string> {
  /** As a verdict prints it. */
  readonly name: Name;
  /** `paper`: the paper asks for it, and so does every profile. */
  readonly profile: 'paper' | 'strict';
  /** The version of the judgement that had it first: no verdict of an older one was asked for it. */
  readonly since: string;
  /** Facts without which nothing can be said; the last is what the check is about, and what it took is its duration. */
  readonly needs: readonly FactName[];
  /** Facts of later gatherings, which it is judged by as well once they are there. */
  readonly regards: readonly FactName[];
  /** Undefined where facts are missing: nothing is ever taken for passed unseen. */
  readonly judge: (facts: Gathered, about: About) => CheckFinding | undefined;
}

/** What all checks know of an artifact. */
export interface About {
  readonly bug: readonly FileChange[];
  readonly weakening: readonly FileChange[];
  readonly clean: CleanState;
  readonly config: ValidationConfig;
}

type Having<Need extends FactName> = Gathered & Required<Pick<Gathered, Need>>;

type Definition<Name extends string, Need extends FactName> = Pick<Check<Name>, 'name' | 'profile' | 'since'> & {
  readonly needs: readonly Need[];
  readonly regards?: readonly FactName[];
  readonly judge: (facts: Having<Need>, about: About) => CheckFinding | undefined;
};

/** A check that is judged when all that it needs is there. */
export function check<const Name extends string, Need extends FactName>(
  definition: Definition<Name, Need>,
): Check<Name> {
  const { needs, judge } = definition;
  return {
    regards: [],
    ...definition,
    judge: (facts, about) => (has(facts, needs) ? judge(facts, about) : undefined),
  };
}

function has<Need extends FactName>(facts: Gathered, needs: readonly Need[]): facts is Having<Need> {
  return needs.every((need) => facts[need] !== undefined);
}
