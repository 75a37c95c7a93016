import { artifactFinding } from './artifact.ts';
import { bugScopeFinding } from './bug-scope.ts';
import { bugValidityFinding, failingUnderBug, passingUnderBug } from './bug-validity.ts';
import { check, type Check } from './check.ts';
import { determinismFinding } from './determinism.ts';
import { inverseMutationFinding } from './inverse-mutation.ts';
import { leakUnfixableFinding } from './leak-unfixable.ts';
import { nearDuplicateFinding } from './near-duplicate.ts';
import { neutralEditFinding } from './neutral-edit.ts';
import { noHintsFinding } from './no-hints.ts';
import { parserFinding } from './parser.ts';
import { sabotageFinding } from './sabotage.ts';
import { testFilesFinding } from './test-files.ts';
import { testScriptFinding } from './test-script.ts';
import type { ValidationConfig } from './validation-facts.ts';
import { weakeningValidityFinding } from './weakening-validity.ts';

/** Asked by itself too: every state but the clean one is built without second copies, where the tests do not need them. */
export const leakUnfixable = check({
  ...{ name: 'leak-unfixable', profile: 'strict', since: '1' },
  needs: ['original', 'leaks'],
  judge: ({ original, leaks }, { clean }) => leakUnfixableFinding(clean, original.runs, leaks),
});

/** The checks of consistency validation, in the order in which the first failure decides. */
export const CHECKS = [
  check({
    ...{ name: 'artifact', profile: 'paper', since: '1' },
    needs: ['submission'],
    judge: ({ submission }) => artifactFinding(submission),
  }),
  check({
    ...{ name: 'test-files', profile: 'paper', since: '1' },
    needs: ['artifact', 'original'],
    judge: ({ artifact, original }, { bug, weakening, config: { profile } }) =>
      testFilesFinding({ artifact, bug, weakening, original, profile }),
  }),
  check({
    ...{ name: 'parser', profile: 'paper', since: '1' },
    needs: ['original', 'experiments'],
    regards: ['buggy', 'weakened'],
    judge: ({ original, buggy, weakened }, { config: { profile } }) =>
      parserFinding({ original, profile, ...(buggy && { buggy }), ...(weakened && { weakened }) }),
  }),
  check({
    ...{ name: 'test-script', profile: 'paper', since: '1' },
    needs: ['artifact', 'original'],
    regards: ['buggy', 'weakened'],
    judge: ({ artifact, original, buggy, weakened }, { bug, clean, config }) =>
      testScriptFinding({
        ...{ artifact, bug, original, clean, config },
        ...(buggy && { buggy }),
        ...(weakened && { weakened }),
      }),
  }),
  check({
    ...{ name: 'bug-scope', profile: 'paper', since: '1' },
    needs: ['artifact'],
    judge: (facts, { bug, config }) => bugScopeFinding(bug, config, facts),
  }),
  check({
    ...{ name: 'bug-validity', profile: 'paper', since: '1' },
    needs: ['buggy'],
    judge: ({ buggy }, { clean, config }) => bugValidityFinding(clean, buggy.runs, config),
  }),
  check({
    ...{ name: 'weakening-validity', profile: 'paper', since: '1' },
    needs: ['original', 'buggy', 'weakened'],
    judge: ({ original, buggy, weakened }, { weakening, clean, config: { profile } }) =>
      weakeningValidityFinding({
        ...{ clean, weakened, weakening, profile },
        originalRuns: original.runs,
        buggyRuns: buggy.runs,
      }),
  }),
  check({
    ...{ name: 'inverse-mutation', profile: 'paper', since: '1' },
    needs: ['buggy', 'inverse'],
    judge: ({ buggy, inverse }, { bug, clean }) =>
      inverseMutationFinding({ clean, buggyRuns: buggy.runs, bug, reversions: inverse.reversions }),
  }),
  check({
    ...{ name: 'determinism', profile: 'strict', since: '1' },
    needs: ['buggy'],
    judge: ({ buggy }, { clean, config }) => determinismFinding(clean, buggy.runs, config),
  }),
  check({
    ...{ name: 'neutral-edit', profile: 'strict', since: '1' },
    needs: ['original', 'buggy', 'neutral'],
    judge: ({ original, buggy, neutral }, { clean }) =>
      neutralEditFinding({ clean, originalRuns: original.runs, buggyRuns: buggy.runs, neutral }),
  }),
  check({
    ...{ name: 'no-hints', profile: 'strict', since: '1' },
    needs: ['hints'],
    judge: ({ hints }, { weakening }) => noHintsFinding(hints, weakening),
  }),
  check({
    ...{ name: 'sabotage', profile: 'strict', since: '1' },
    needs: ['buggy', 'sabotage'],
    judge: ({ buggy, sabotage }, { clean, config }) =>
      sabotageFinding({
        ...{ clean, sabotage, config },
        failingUnderBug: failingUnderBug(clean, buggy.runs),
        passingUnderBug: passingUnderBug(clean, buggy.runs),
      }),
  }),
  leakUnfixable,
  check({
    ...{ name: 'near-duplicate', profile: 'strict', since: '1' },
    needs: ['library'],
    judge: ({ library }, { config }) => nearDuplicateFinding(library, config),
  }),
] as const satisfies readonly Check[];

/** Checks that a verdict of an older version of the judgement was never asked for. */
export function checksAfter(version: string, checks: readonly Check[] = CHECKS): readonly string[] {
  return checks.filter(({ since }) => Number(since) > Number(version)).map(({ name }) => name);
}

/** The checks that a profile asks for. Without readable files and diffs nothing can be asked, so `artifact` is in both. */
export function checksOf(profile: ValidationConfig['profile']): readonly Check[] {
  return profile === 'strict' ? CHECKS : CHECKS.filter((one) => one.profile === 'paper');
}
