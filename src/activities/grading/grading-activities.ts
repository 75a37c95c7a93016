import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { scriptTimeLimitMs } from '../../domain/checks/consistency.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import { seedFor, type Drawn } from '../../domain/draw/draw-seed.ts';
import { firstNames } from '../../domain/record/finding.ts';
import { gradeFinding, unsolved, type Grading } from '../../domain/grading/grading.ts';
import type { ImageIndex } from '../../domain/leaks/image-index.ts';
import { readPrediction, type Prediction } from '../../domain/grading/prediction.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import { signNames, tamperingSigns } from '../../domain/steering/tampering-signs.ts';
import type { Timeliness } from '../../domain/report/timeliness.ts';
import { applyPrediction, type PredictionApplication } from './apply-prediction.ts';
import type { Configuration } from '../../config/configuration.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { readCalibratedBug, type CalibratedBug } from '../artifact/bug-content.ts';
import { getJson, getText, putJson } from '../services/json-blobs.ts';
import { putBack, takeOracleFiles } from '../tree/oracle-files.ts';
import type { Progress, Running } from '../services/progress.ts';
import { forgeryRuns, type ForgeryRun } from './forgery-run.ts';
import { withSandbox, type Owner } from '../services/sandbox-request.ts';
import type { SetAside } from './set-aside.ts';
import type { Services } from '../services/services.ts';
import { patchOf, type Submission } from '../artifact/submission.ts';
import { runTests } from '../test-run/run-tests.ts';
import { imageIndexOf } from '../leaks/kept-image-index.ts';
import { rebuildSolverTree } from '../leaks/solver-tree.ts';
import { repeatingTimeOut } from '../test-run/time-out-repeated.ts';

export interface GradingInput extends Drawn {
  readonly owner: Owner;
  readonly subject: Subject;
  readonly artifactId: string;
  /** Null when the rollout ended without a submission. */
  readonly submission: BlobRef | null;
  readonly sandbox: Configuration['sandbox'];
  readonly grading: Configuration['grading'];
}

export interface GradedAttempt {
  readonly solved: boolean;
  readonly reason: string;
  readonly patch: BlobRef | null;
  readonly report: BlobRef | null;
  /** Of the code that graded it. */
  readonly validatorVersion: string;
}

/**
 * Grading of docs/specification.md#solved: in a fresh sandbox, with the oracle tests in their original text, by the
 * stored script and parser.
 */
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
  const patch =
    input.submission === null ? undefined : patchOf(await getJson<Submission>(store.blobs, input.submission));
  if (patch === undefined) {
    const grade = unsolved('nothing-submitted', input.submission === null ? NOTHING : 'the submission holds no diff');
    return { ...grade, patch: null, report: await putJson(store.blobs, grade) };
  }
  const seed = seedFor(input, 'grading', patch);
  const grade = await gradePrediction(services, { ...input, seed }, await getText(store.blobs, patch), progress);
  return { solved: grade.solved, reason: grade.reason, patch, report: await putJson(store.blobs, grade) };
}

type PredictionInput = Omit<GradingInput, 'submission'> & { readonly seed: number };

const NOTHING = 'nothing was submitted';

/**
 * Grades one prediction on one bug; what the prediction makes the tests do is its own doing, never infrastructure. A
 * solved one is graded a second time, anew, under a repeat that varies what must not matter, and then once with oracle
 * tests that are made to fail and once with tests that expect other values (docs/specification.md#solved).
 */
async function gradePrediction(
  services: Services,
  input: PredictionInput,
  patch: string,
  progress: Progress,
): Promise<Grading> {
  const bug = await readCalibratedBug(services.store, input.artifactId);
  const prediction = readPrediction(patch, {
    testFiles: bug.artifact.testFiles,
    leniency: input.grading.lenient,
  });
  const signs = firstNames(signNames(tamperingSigns(prediction.gradable ? prediction.diff : patch)));
  if (!prediction.gradable) return unsolved(prediction.cause, prediction.problem, { signs });
  const grading = { services, input, bug, prediction, progress };
  const first = await gradeInTime({ ...grading, repeat: 0 });
  const second = first.solved ? await gradeInTime({ ...grading, repeat: 1 }) : first;
  const grade = second.solved ? await unlessForged(second, grading) : second;
  return { ...grade, figures: { ...grade.figures, signs } };
}

/**
 * A solved grade stands unless tests pass that cannot pass by what they test. That is asked whatever profile the artifact
 * was validated under; where it cannot be, the figures say why.
 */
async function unlessForged(solved: Grading, grading: Omit<GradingRun, 'repeat'>): Promise<Grading> {
  const { runs, figures } = forgeryRuns(grading.bug);
  const known = { ...solved.figures, ...figures };
  for (const forgery of runs) {
    const grade = await gradeInTime({ ...grading, repeat: 0, forgery });
    if (!grade.solved) return { ...grade, figures: { ...known, ...grade.figures } };
  }
  return { ...solved, figures: known };
}

interface GradingRun {
  readonly services: Services;
  readonly input: PredictionInput;
  readonly bug: CalibratedBug;
  readonly prediction: Extract<Prediction, { gradable: true }>;
  readonly progress: Progress;
  readonly repeat: number;
  /** Given when the oracle tests are to be changed, so that a pass is forged. */
  readonly forgery?: ForgeryRun;
}

async function gradeInTime(grading: GradingRun): Promise<Grading> {
  const { services, progress } = grading;
  progress.say('waiting for a free place to run the tests');
  const { grade } = await repeatingTimeOut(services, () => gradeOnce(grading), {
    timelinessOf: ({ timeliness }) => timeliness,
    signal: progress.signal,
  });
  return grade;
}

async function gradeOnce({
  services,
  input,
  bug,
  prediction,
  progress,
  repeat,
  forgery,
}: GradingRun): Promise<{ readonly grade: Grading; readonly timeliness: Timeliness }> {
  const { owner, subject, sandbox: config, seed } = input;
  const { signal, say } = progress;
  const index = await imageIndexOf(services, input, progress);
  say('building the tree to grade');
  return withSandbox(services, { owner, subject, config }, async (sandbox) => {
    const built = await buildPredicted(sandbox, { bug, prediction, index, signal });
    if (!built.applied) return { grade: unsolved(built.cause, built.problem), timeliness: 'in-time' };
    const blocked = await forgery?.prepare(sandbox);
    if (blocked !== undefined) return { grade: unsolved('cannot-be-put-back', blocked), timeliness: 'in-time' };
    say('running the oracle tests on the prediction');
    const state = forgery?.state ?? 'predicted';
    const setting = { owner, subject, sandbox: config, artifact: bug.artifact, twins: bug.twins, seed, signal };
    const timeLimitMs = scriptTimeLimitMs(bug.cleanDurationMs);
    const { run, timeliness } = await runTests(services, sandbox, { ...setting, timeLimitMs, state, repeat });
    if (forgery !== undefined) return { grade: forgery.grade(run), timeliness };
    const grade = gradeFinding({ clean: bug.clean, quarantined: bug.row.quarantined, run });
    const figures = { ...grade.figures, applied: built.rung, setAside: built.setAside.map(setAsideName) };
    return { grade: { ...grade, figures }, timeliness };
  });
}

/**
 * The tree that is graded: the solver's, the prediction as far as it counts, and the oracle tests in their original text.
 * The bug's own diffs are known to apply, and its second copies to go; the prediction may not, and that is its own fault.
 */
async function buildPredicted(
  sandbox: Sandbox,
  {
    bug,
    prediction,
    index,
    signal,
  }: Pick<GradingRun, 'bug' | 'prediction'> & { readonly index: ImageIndex; readonly signal: AbortSignal },
): Promise<PredictionApplication> {
  const oracle = await takeOracleFiles(sandbox, bug.artifact.testFiles);
  await rebuildSolverTree(sandbox, { index, diffs: bug.diffs, signal });
  const applied = await applyPrediction({ sandbox, bug, oracle, prediction, signal });
  if (!applied.applied) return applied;
  const blocked = await putBack(sandbox, oracle);
  return blocked === undefined ? applied : { applied: false, cause: 'cannot-be-put-back', problem: blocked };
}

/** As figures hold it: the path, and the keys in brackets where only these went. */
function setAsideName({ path, why, keys }: SetAside): string {
  return keys === undefined ? `${path} (${why})` : `${path} (keys ${keys.join(', ')})`;
}
