import { failingUnderBug, passingUnderBug } from '../checks/bug-validity.ts';
import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from '../checks/clean-state.ts';
import { fails, firstNames, passes } from '../record/finding.ts';
import type { Leniency } from '../diff/patch-leniency.ts';
import { readPrediction } from './prediction.ts';
import { seededOrder } from '../draw/seeded-draw.ts';
import type { AttemptOutcome } from '../reward/solve-rate.ts';
import { failsItsState } from '../report/test-status.ts';
import type { TestRun } from '../report/test-run.ts';

/** An attempt on a bug, as far as recycling asks about it. */
export interface RecyclableAttempt {
  readonly attemptId: string;
  readonly outcome: AttemptOutcome;
  /** The submitted diff; null when nothing was submitted. */
  readonly patch: string | null;
}

/** A failed attempt that may become a second-order bug, with its patch as it was submitted. */
export interface SecondOrderCandidate {
  readonly attemptId: string;
  readonly patch: string;
}

/**
 * The failed attempts that may be recycled, in the order in which the seed draws them: take the first `maxPerBug` that
 * `recycleFinding` accepts (docs/specification.md#higher-order-bugs). What grading sets aside is dropped when the tree
 * is built; an attempt of which nothing would be left is no candidate.
 */
export function secondOrderCandidates({
  attempts,
  testFiles,
  leniency,
  seed,
}: {
  readonly attempts: readonly RecyclableAttempt[];
  readonly testFiles: readonly string[];
  readonly leniency: Leniency;
  readonly seed: number;
}): readonly SecondOrderCandidate[] {
  const candidates = attempts
    .filter(({ outcome }) => outcome === 'unsolved')
    .flatMap(({ attemptId, patch }) => (patch === null ? [] : [{ attemptId, patch }]))
    .filter(({ patch }) => readPrediction(patch, { testFiles, leniency }).gradable);
  return seededOrder(candidates, ({ attemptId }) => attemptId, seed, 'second-order');
}

/**
 * FAIL_TO_PASS and PASS_TO_PASS of a second-order bug, in the convention of SWE-bench, from runs of its own tree: the
 * failed patch may break other tests than its parent's, and repair some. A test that its runs disagree on is in neither.
 */
export function secondOrderTests(
  clean: Pick<CleanState, 'passed'>,
  runs: readonly TestRun[],
): { readonly failToPass: readonly string[]; readonly passToPass: readonly string[] } {
  return { failToPass: failingUnderBug(clean, runs), passToPass: passingUnderBug(clean, runs) };
}

/** What is gathered about a candidate: its tree, and runs of it with the tests as they were. */
export interface RecycleFacts {
  /** Hash of original + bug + weakening + the failed patch. */
  readonly treeHash: string;
  readonly parentTreeHash: string;
  readonly originalTreeHash: string;
  /** An artifact that has this tree already. */
  readonly sameTreeArtifactId: string | null;
  /** F of the parent: its FAIL_TO_PASS. */
  readonly failToPass: readonly string[];
  readonly runs: readonly TestRun[];
}

/**
 * Whether a failed attempt becomes a second-order bug (docs/specification.md#higher-order-bugs): its tree is new and
 * differs from parent and original, and at least one test of F still fails in every run. A run without a readable
 * report proves nothing.
 */
export function recycleFinding(facts: RecycleFacts): CheckFinding {
  if (facts.treeHash === facts.originalTreeHash) return fails('the tree is the original one');
  if (facts.treeHash === facts.parentTreeHash) return fails('the tree is the parent one');
  if (facts.sameTreeArtifactId !== null) return fails(`artifact ${facts.sameTreeArtifactId} has the same tree`);
  const unread = facts.runs.find(failsItsState);
  if (unread !== undefined) {
    return fails(unread.reading.valid ? 'the script does not end within its limit' : unread.reading.problem);
  }
  const still = failingUnderBug({ passed: facts.failToPass }, facts.runs);
  const figures = { runs: facts.runs.length, stillFailing: still.length, failingTests: firstNames(still) };
  return still.length === 0
    ? fails('no test of the parent bug still fails in every run', figures)
    : passes(`${still.length} tests of the parent bug still fail`, figures);
}
