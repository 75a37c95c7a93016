import type { BlobRef } from '../domain/blob-ref.ts';
import { scriptTimeLimitMs } from '../domain/consistency.ts';
import { gradeFinding, type Grading } from '../domain/grading.ts';
import { readPrediction } from '../domain/prediction.ts';
import type { Subject } from '../domain/subject.ts';
import type { SabotageFacts } from '../domain/validation-facts.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { readBug, type Bug } from './bug-content.ts';
import { getJson, getText, putJson } from './json-blobs.ts';
import { putBack, takeOracleFiles } from './oracle-files.ts';
import type { Progress, Running } from './progress.ts';
import { sabotagedGrade, sabotageOracle } from './sabotage-grade.ts';
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
}

/** Grading of SPEC 6: in a fresh sandbox, with the oracle tests in their original text, by the stored script and parser. */
export function createGradingActivities(services: Services, running: Running) {
  return {
    gradeAttempt: (input: GradingInput): Promise<GradedAttempt> =>
      running((progress) => gradeAttempt(services, input, progress)),
  };
}

export type GradingActivities = ReturnType<typeof createGradingActivities>;

async function gradeAttempt(services: Services, input: GradingInput, progress: Progress): Promise<GradedAttempt> {
  const { store } = services;
  if (input.submission === null) return { solved: false, reason: 'nothing was submitted', patch: null, report: null };
  const patch = patchOf(await getJson<Submission>(store.blobs, input.submission));
  if (patch === undefined) return { solved: false, reason: 'the submission holds no diff', patch: null, report: null };
  const grade = await gradePrediction(services, input, await getText(store.blobs, patch), progress);
  return { solved: grade.solved, reason: grade.reason, patch, report: await putJson(store.blobs, grade) };
}

/**
 * Grades one prediction on one bug; what the prediction makes the tests do is its own doing, never infrastructure. A
 * solved one is graded a second time, anew, under a repeat that varies what must not matter, and once with oracle tests
 * that are made to fail (SPEC 6).
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
  const second = first.solved ? await gradeInTime({ ...grading, repeat: 1 }) : first;
  const grade = second.solved ? await unlessForged(second, grading, bug.sabotage) : second;
  return { ...grade, figures: { ...grade.figures, setAside } };
}

/** A solved grade stands unless tests pass that are made to fail; an artifact of which nothing is known is not asked. */
async function unlessForged(
  solved: Grading,
  grading: Omit<GradingRun, 'repeat'>,
  sabotage: SabotageFacts | undefined,
): Promise<Grading> {
  const done = sabotage !== undefined && sabotage.files.length > 0;
  const figures = { ...solved.figures, sabotaged: done };
  if (!done) return { ...solved, figures };
  const grade = await gradeInTime({ ...grading, repeat: 0, sabotage });
  return grade.solved ? { ...solved, figures } : { ...grade, figures: { ...figures, ...grade.figures } };
}

interface GradingRun {
  readonly services: Services;
  readonly input: Omit<GradingInput, 'submission'>;
  readonly bug: Bug;
  readonly prediction: NamedDiff;
  readonly progress: Progress;
  readonly repeat: number;
  /** Given when the oracle tests are to be made to fail, so that a pass is forged. */
  readonly sabotage?: SabotageFacts;
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
  sabotage,
}: GradingRun): Promise<{ readonly grade: Grading; readonly timedOut: boolean }> {
  const { owner, subject, sandbox: config } = input;
  say('building the tree to grade');
  return withSandbox(services, { owner, subject, config }, async (sandbox) => {
    const oracle = await takeOracleFiles(sandbox, bug.artifact.testFiles);
    const problem = await applyPrediction(sandbox, bug, prediction, signal);
    if (problem !== undefined) return { grade: unsolved(problem), timedOut: false };
    const blocked = await putBack(sandbox, oracle);
    if (blocked !== undefined) return { grade: unsolved(blocked), timedOut: false };
    const intact = sabotage && (await sabotageOracle(sandbox, bug, sabotage));
    if (intact !== undefined) return { grade: unsolved(intact), timedOut: false };
    say('running the oracle tests on the prediction');
    const setting = { owner, subject, sandbox: config, artifact: bug.artifact, signal };
    const timeLimitMs = scriptTimeLimitMs(bug.cleanDurationMs);
    const { run } = await runTests(services, sandbox, { ...setting, timeLimitMs, repeat });
    // A hang is no pass, so nothing is asked of the time either.
    if (sabotage !== undefined) return { grade: sabotagedGrade(run, sabotage), timedOut: false };
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
