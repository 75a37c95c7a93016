import type { BlobRef } from '../domain/blob-ref.ts';
import { scriptTimeLimitMs, VALIDATOR_VERSION } from '../domain/consistency.ts';
import { gradeFinding, type Grading } from '../domain/grading.ts';
import { readPrediction } from '../domain/prediction.ts';
import type { Subject } from '../domain/subject.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { readBug, type Bug } from './bug-content.ts';
import { getJson, getText, putJson } from './json-blobs.ts';
import { putBack, takeOracleFiles } from './oracle-files.ts';
import type { Progress, Running } from './progress.ts';
import { withSandbox, type Owner } from './sandbox-request.ts';
import type { Services } from './services.ts';
import { patchOf, type Submission } from './submission.ts';
import { runTests } from './test-run.ts';
import { applyDiff, applyDiffs, type NamedDiff } from './tree-state.ts';

export interface GradingInput {
  readonly owner: Owner;
  readonly subject: Subject;
  readonly artifactId: string;
  /** Null when the rollout ended without a submission. */
  readonly submission: BlobRef | null;
  readonly sandbox: Configuration['sandbox'];
}

export interface GradedAttempt {
  readonly solved: boolean;
  readonly reason: string;
  readonly patch: BlobRef | null;
  readonly report: BlobRef | null;
  /** Of the code that graded it. */
  readonly validatorVersion: string;
}

/** Grading of SPEC 6: in a fresh sandbox, with the oracle tests in their original text, by the stored script and parser. */
export function createGradingActivities(services: Services, running: Running) {
  return {
    gradeAttempt: (input: GradingInput): Promise<GradedAttempt> =>
      running(async (progress) => ({
        ...(await gradeAttempt(services, input, progress)),
        validatorVersion: VALIDATOR_VERSION,
      })),
  };
}

export type GradingActivities = ReturnType<typeof createGradingActivities>;

async function gradeAttempt(
  services: Services,
  input: GradingInput,
  progress: Progress,
): Promise<Omit<GradedAttempt, 'validatorVersion'>> {
  const { store } = services;
  if (input.submission === null) return { solved: false, reason: 'nothing was submitted', patch: null, report: null };
  const patch = patchOf(await getJson<Submission>(store.blobs, input.submission));
  if (patch === undefined) return { solved: false, reason: 'the submission holds no diff', patch: null, report: null };
  const grade = await gradePrediction(services, input, await getText(store.blobs, patch), progress);
  return { solved: grade.solved, reason: grade.reason, patch, report: await putJson(store.blobs, grade) };
}

/**
 * Grades one prediction on one bug; what the prediction makes the tests do is its own doing, never infrastructure. A
 * solved one is graded a second time, anew, under a repeat that varies what must not matter (SPEC 6).
 */
async function gradePrediction(
  services: Services,
  input: Omit<GradingInput, 'submission'>,
  patch: string,
  progress: Progress,
): Promise<Grading> {
  const bug = await readBug(services.store, input.artifactId);
  const prediction = readPrediction(patch, bug.artifact.testFiles);
  if (!prediction.gradable) return unsolved(prediction.problem);
  const { diff, setAside } = prediction;
  const grading = { services, input, bug, prediction: { name: 'the submitted diff', diff }, progress };
  const first = await gradeInTime({ ...grading, repeat: 0 });
  const grade = first.solved ? await gradeInTime({ ...grading, repeat: 1 }) : first;
  return { ...grade, figures: { ...grade.figures, setAside } };
}

interface GradingRun {
  readonly services: Services;
  readonly input: Omit<GradingInput, 'submission'>;
  readonly bug: Bug;
  readonly prediction: NamedDiff;
  readonly progress: Progress;
  readonly repeat: number;
}

/** A time-out is repeated once with no other test run beside it, so that load never decides. */
async function gradeInTime(grading: GradingRun): Promise<Grading> {
  const { services, progress } = grading;
  progress.say('waiting for a free place to run the tests');
  const graded = await services.testRuns(() => gradeOnce(grading));
  if (!graded.timedOut) return graded.grade;
  return (await services.aloneAmongTestRuns(() => gradeOnce(grading))).grade;
}

async function gradeOnce({
  services,
  input,
  bug,
  prediction,
  progress: { signal, say },
  repeat,
}: GradingRun): Promise<{ readonly grade: Grading; readonly timedOut: boolean }> {
  const { owner, subject, sandbox: config } = input;
  say('building the tree to grade');
  return withSandbox(services, { owner, subject, config }, async (sandbox) => {
    const oracle = await takeOracleFiles(sandbox, bug.artifact.testFiles);
    const problem = await applyPrediction(sandbox, bug, prediction, signal);
    if (problem !== undefined) return { grade: unsolved(problem), timedOut: false };
    const blocked = await putBack(sandbox, oracle);
    if (blocked !== undefined) return { grade: unsolved(blocked), timedOut: false };
    say('running the oracle tests on the prediction');
    const setting = { owner, subject, sandbox: config, artifact: bug.artifact, signal };
    const timeLimitMs = scriptTimeLimitMs(bug.cleanDurationMs);
    const { run } = await runTests(services, sandbox, { ...setting, timeLimitMs, repeat });
    return {
      grade: gradeFinding({ clean: bug.clean, quarantined: bug.row.quarantined, run }),
      timedOut: run.ending === 'timed-out',
    };
  });
}

/** The bug's own diffs are known to apply; the prediction may not, and that is its own fault. */
async function applyPrediction(
  sandbox: Sandbox,
  bug: Bug,
  prediction: NamedDiff,
  signal: AbortSignal,
): Promise<string | undefined> {
  const built = await applyDiffs(sandbox, bug.diffs, signal);
  if (!built.applied) throw new RangeError(`an accepted bug cannot be built again: ${built.problem}`);
  const applied = await applyDiff(sandbox, prediction, signal);
  return applied.applied ? undefined : applied.problem;
}

function unsolved(reason: string): Grading {
  return { solved: false, reason, figures: {} };
}
