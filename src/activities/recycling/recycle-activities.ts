import type { Configuration } from '../../config/configuration.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { scriptTimeLimitMs } from '../../domain/checks/consistency.ts';
import { seedFor, type Drawn } from '../../domain/draw/draw-seed.ts';
import { fails } from '../../domain/record/finding.ts';
import {
  recycleFinding,
  secondOrderCandidates,
  type SecondOrderCandidate,
} from '../../domain/grading/higher-order-bug.ts';
import { readPrediction } from '../../domain/grading/prediction.ts';
import type { AttemptOutcome } from '../../domain/reward/solve-rate.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import { allDone } from '../services/all-done.ts';
import { applyPrediction } from '../grading/apply-prediction.ts';
import { readCalibratedBug, type CalibratedBug } from '../artifact/bug-content.ts';
import { diffSince, treeOf } from '../tree/effective-diff.ts';
import { getText } from '../services/json-blobs.ts';
import { imageIndexOf } from '../leaks/kept-image-index.ts';
import { buildSolverTree, rebuildSolverTree } from '../leaks/solver-tree.ts';
import { putBack, takeOracleFiles } from '../tree/oracle-files.ts';
import type { Progress, Running } from '../services/progress.ts';
import { recordSecondOrder, type TriedCandidate } from './record-second-order.ts';
import { withSandbox, type Owner } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { inPlace } from '../test-run/in-place.ts';
import { runTests, type ObservedRun } from '../test-run/run-tests.ts';
import { repeatingTimeOut } from '../test-run/time-out-repeated.ts';
import { treeHash } from '../tree/tree-hash.ts';

export interface RecycleInput extends Drawn {
  readonly owner: Owner;
  readonly subject: Subject;
  readonly artifactId: string;
  readonly attempts: readonly {
    readonly attemptId: string;
    readonly outcome: AttemptOutcome;
    readonly patch: BlobRef | null;
  }[];
  /** Decides which failed attempts are tried first. */
  readonly seed: number;
  readonly maxPerBug: number;
  readonly sandbox: Configuration['sandbox'];
  readonly grading: Configuration['grading'];
}

/**
 * A test of F has to fail every time; two runs that vary what must not matter are asked
 * (docs/specification.md#higher-order-bugs).
 */
const RUNS = 2;

/**
 * Turns failed attempts' trees into stored second-order bugs with the same specification
 * (docs/specification.md#higher-order-bugs).
 */
export function createRecycleActivities(services: Services, running: Running) {
  return {
    /** The ids of the second-order bugs that came of it. */
    recycleAttempt: (input: RecycleInput): Promise<readonly string[]> =>
      running((progress) => recycle(services, input, progress)),
  };
}

export type RecycleActivities = ReturnType<typeof createRecycleActivities>;

async function recycle(services: Services, input: RecycleInput, progress: Progress): Promise<readonly string[]> {
  const { blobs } = services.store;
  const parent = await readCalibratedBug(services.store, input.artifactId);
  const attempts = await Promise.all(
    input.attempts.map(async ({ patch, ...attempt }) => ({
      ...attempt,
      patch: patch === null ? null : await getText(blobs, patch),
    })),
  );
  const { testFiles } = parent.artifact;
  const { seed, grading } = input;
  const recycled: string[] = [];
  for (const candidate of secondOrderCandidates({ attempts, testFiles, leniency: grading.lenient, seed })) {
    if (recycled.length >= input.maxPerBug) break;
    progress.say(`trying ${candidate.attemptId} as a second-order bug`);
    const artifactId = await recycleCandidate(services, input, parent, candidate, progress);
    if (artifactId !== undefined) recycled.push(artifactId);
  }
  return recycled;
}

/** Tries one candidate and stores what came of it; a bug is one whose tree is new and still fails oracle tests. */
async function recycleCandidate(
  services: Services,
  input: RecycleInput,
  parent: CalibratedBug,
  candidate: SecondOrderCandidate,
  progress: Progress,
): Promise<string | undefined> {
  const { store } = services;
  const { owner } = input;
  const artifactId = `${candidate.attemptId}/bug`;
  const startedAt = performance.now();
  const known = await store.ledger.findArtifact(artifactId);
  if (known !== undefined) return known.consistent ? artifactId : undefined;
  const trial = await tryCandidate(services, input, { parent, candidate, artifactId }, progress);
  const durationMs = Math.round(performance.now() - startedAt);
  const recorded = await recordSecondOrder(store, { owner, artifactId, parent, candidate, durationMs, ...trial });
  return recorded.consistent ? artifactId : undefined;
}

type Trial = Pick<TriedCandidate, 'counting' | 'treeHash' | 'runs' | 'finding'>;

async function tryCandidate(
  services: Services,
  input: RecycleInput,
  {
    parent,
    candidate,
    artifactId,
  }: { readonly parent: CalibratedBug; readonly candidate: SecondOrderCandidate; readonly artifactId: string },
  progress: Progress,
): Promise<Trial> {
  const { subject, image, treeHash: parentTreeHash, failToPass } = parent.row;
  const counting = await inPlace(
    services.testRuns,
    () => countingPatch(services, input, parent, candidate, progress),
    progress.signal,
  );
  const unbuilt = { counting, treeHash: null, runs: [] };
  if (counting === undefined)
    return { ...unbuilt, finding: fails('nothing of the failed patch counts, or it is too large') };
  if (parentTreeHash === null) return { ...unbuilt, finding: fails('the tree of the parent bug is not known') };
  const built = await buildTrees(services, input, parent, counting, progress);
  if (built === undefined) return { ...unbuilt, finding: fails('the tree of the failed patch cannot be built') };
  const { treeHash, originalTreeHash } = built;
  const twinKey = { subject, image, treeHash, notArtifactId: artifactId, runId: input.owner.runId };
  const sameTreeArtifactId = (await services.store.ledger.findArtifactByTree(twinKey)) ?? null;
  const runs = built.runs.map(({ run }) => run);
  const trees = { treeHash, parentTreeHash, originalTreeHash, sameTreeArtifactId };
  return { counting, treeHash, runs, finding: recycleFinding({ ...trees, failToPass, runs }) };
}

interface BuiltTrees {
  readonly treeHash: string;
  readonly originalTreeHash: string;
  readonly runs: readonly ObservedRun[];
}

/**
 * The failed patch as far as grading takes it, as a diff that applies strictly
 * (docs/specification.md#higher-order-bugs): what is set aside there is not part of the new bug. Undefined when nothing
 * of it counts.
 */
async function countingPatch(
  services: Services,
  input: RecycleInput,
  parent: CalibratedBug,
  { patch }: SecondOrderCandidate,
  progress: Progress,
): Promise<string | undefined> {
  const { owner, subject, sandbox: config, grading } = input;
  const { signal } = progress;
  const prediction = readPrediction(patch, { testFiles: parent.artifact.testFiles, leniency: grading.lenient });
  if (!prediction.gradable) return undefined;
  const index = await imageIndexOf(services, input, progress);
  return withSandbox(services, { owner, subject, config }, async (sandbox) => {
    const oracle = await takeOracleFiles(sandbox, parent.artifact.testFiles);
    await rebuildSolverTree(sandbox, { index, diffs: parent.diffs, signal });
    const before = await treeOf(sandbox, prediction.touched, signal);
    const applied = await applyPrediction({ sandbox, bug: parent, oracle, prediction, signal });
    if (!applied.applied) return undefined;
    const diff = await diffSince(sandbox, before, prediction.touched, signal);
    return diff === '' ? undefined : diff;
  });
}

/** Builds the candidate's tree anew for each run; undefined when it cannot be built, which is the patch's own doing. */
async function buildTrees(
  services: Services,
  input: RecycleInput,
  parent: CalibratedBug,
  patch: string,
  progress: Progress,
): Promise<BuiltTrees | undefined> {
  const { owner, subject, sandbox: config } = input;
  const { signal } = progress;
  const index = await imageIndexOf(services, input, progress);
  const seed = seedFor(input, 'recycling', parent.row.content);
  const { artifact, twins } = parent;
  const setting = { owner, subject, sandbox: config, artifact, twins, seed, signal };
  const timeLimitMs = scriptTimeLimitMs(parent.cleanDurationMs);
  const diffs = [...parent.diffs, { name: 'the failed patch', diff: patch }];
  const build = (repeat: number) =>
    withSandbox(services, { owner, subject, config }, async (sandbox) => {
      const originalTreeHash = await treeHash(sandbox, signal);
      const oracle = await takeOracleFiles(sandbox, parent.artifact.testFiles);
      const tree = await buildSolverTree(sandbox, { index, diffs, signal });
      if (!tree.built) return undefined;
      const hash = await treeHash(sandbox, signal);
      if ((await putBack(sandbox, oracle)) !== undefined) return undefined;
      const run = await runTests(services, sandbox, { ...setting, timeLimitMs, state: 'recycled', repeat });
      return { treeHash: hash, originalTreeHash, run };
    });
  const inTime = (repeat: number) =>
    repeatingTimeOut(services, () => build(repeat), {
      timelinessOf: (tree) => tree?.run.timeliness ?? 'in-time',
      signal,
    });
  const built = await allDone(Array.from({ length: RUNS }, (_, repeat) => inTime(repeat)));
  const whole = built.filter((tree) => tree !== undefined);
  const [first] = whole;
  if (first === undefined || whole.length < RUNS) return undefined;
  return { treeHash: first.treeHash, originalTreeHash: first.originalTreeHash, runs: whole.map(({ run }) => run) };
}
