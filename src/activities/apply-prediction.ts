import type { BugArtifact } from '../domain/bug-artifact.ts';
import { mergeableByKey, type Prediction } from '../domain/prediction.ts';
import type { Rung } from '../domain/patch-leniency.ts';
import { protectedPaths, type Protection } from '../domain/protection.ts';
import { mergeRunnerKeys } from '../domain/runner-keys.ts';
import { runnerSteering } from '../domain/runner-steering.ts';
import type { UnsolvedCause } from '../domain/unsolved-cause.ts';
import { filesTouchedBy, readDiff } from '../domain/unified-diff.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { keepFiles, putBackKept, type KeptFiles } from './kept-files.ts';
import type { OracleFile } from './oracle-files.ts';
import { changedPaths, listTree, type TreeListing } from './tree-listing.ts';
import { applyDiff } from './tree-state.ts';

/** What of a prediction was set aside: a path, why, and the keys where only these were. */
export interface SetAside {
  readonly path: string;
  readonly why: Protection | 'link' | 'keys';
  readonly keys?: readonly string[];
}

export type PredictionApplication =
  | { readonly applied: true; readonly rung: Rung; readonly setAside: readonly SetAside[] }
  | { readonly applied: false; readonly cause: UnsolvedCause; readonly problem: string };

type Gradable = Extract<Prediction, { gradable: true }>;

/** What a prediction is applied to: a bug's tree, and the oracle tests as they were taken from the original. */
interface Place {
  readonly sandbox: Sandbox;
  readonly bug: { readonly artifact: Pick<BugArtifact, 'testFiles' | 'testScript' | 'bugInject'> };
  readonly oracle: readonly OracleFile[];
  readonly prediction: Gradable;
  readonly signal: AbortSignal;
}

/** A settings file that is graded key by key: larger ones are not settings. */
const KEYED_FILE_LIMIT_BYTES = 1024 * 1024;

/**
 * Applies a prediction to the bug's tree as far as it counts (SPEC 6, "Runner tampering"). The whole diff is applied
 * first, then tests and whatever steers the runner are made what they were before it: by looking at the tree, so that it
 * does not matter in which way the diff touched them.
 */
export async function applyPrediction(place: Place): Promise<PredictionApplication> {
  const { sandbox, prediction, signal } = place;
  const before = await listTree(sandbox, signal);
  const kept = await keepFiles(sandbox, prediction.touched, signal);
  const keyed = await readKeyed(sandbox, prediction);
  const climbed = await climb(place);
  if (!climbed.applied) return climbed;
  const after = await listTree(sandbox, signal);
  const named = new Set(prediction.touched);
  const unnamed = changedPaths(before, after).filter((path) => !named.has(path));
  if (unnamed.length > 0) return notPutBack(`the submitted diff changes ${unnamed.join(', ')} without naming it`);
  const { setAside, texts } = await judge(place, { before, after, keyed });
  const whole = setAside.filter(({ why }) => why !== 'keys').map(({ path }) => path);
  const problem = (await putBackWhole(place, { kept, whole, before })) ?? (await writeTexts(sandbox, texts));
  return problem === undefined ? { applied: true, rung: climbed.rung, setAside } : notPutBack(problem);
}

function notPutBack(problem: string): PredictionApplication {
  return { applied: false, cause: 'cannot-be-put-back', problem };
}

/** Options of `git apply`, each rung with those of the ones before it. */
const OPTIONS: Readonly<Record<Rung, readonly string[]>> = {
  strict: [],
  // The counts are made right before the diff is read.
  recount: [],
  whitespace: ['--ignore-whitespace'],
  context: ['--ignore-whitespace', '-C1'],
};

async function climb({ sandbox, prediction, signal }: Place): Promise<PredictionApplication> {
  const diff = { name: 'the submitted diff', diff: prediction.diff };
  let problem = '';
  for (const rung of prediction.rungs) {
    const application = await applyDiff(sandbox, diff, signal, OPTIONS[rung]);
    if (application.applied) return { applied: true, rung, setAside: [] };
    problem ||= application.problem;
  }
  return { applied: false, cause: 'does-not-apply', problem };
}

type Texts = ReadonlyMap<string, string>;

async function readKeyed(sandbox: Sandbox, { touched }: Gradable): Promise<Texts> {
  const texts = new Map<string, string>();
  for (const path of touched.filter((file) => runnerSteering(file) === 'by-key')) {
    const reading = await sandbox.read(`${sandbox.treeRoot}/${path}`, { maxBytes: KEYED_FILE_LIMIT_BYTES });
    if (reading.found) texts.set(path, Buffer.from(reading.content).toString('utf8'));
  }
  return texts;
}

interface Seen {
  readonly before: TreeListing;
  readonly after: TreeListing;
  /** Texts of the files that steer by key, before. */
  readonly keyed: Texts;
}

/** Says of each touched path whether it stays, goes back whole, or goes back by key, with its new text. */
async function judge(
  { sandbox, bug, oracle, prediction }: Place,
  { before, after, keyed }: Seen,
): Promise<{ readonly setAside: readonly SetAside[]; readonly texts: Texts }> {
  const reading = readDiff(bug.artifact.bugInject);
  const isProtected = protectedPaths({
    treeFiles: [...before].filter(([, { type }]) => type !== 'd').map(([path]) => path),
    testFiles: bug.artifact.testFiles,
    oracleTexts: oracle.map(({ content }) => Buffer.from(content).toString('utf8')),
    testScript: bug.artifact.testScript,
    bugFiles: reading.readable ? filesTouchedBy(reading.files) : [],
    touched: prediction.touched,
  });
  const keyedAfter = await readKeyed(sandbox, prediction);
  const setAside: SetAside[] = [];
  const texts = new Map<string, string>();
  for (const path of prediction.touched) {
    const why = isProtected.get(path);
    if (why !== undefined) setAside.push({ path, why });
    else if (before.get(path)?.type === 'l' || after.get(path)?.type === 'l') setAside.push({ path, why: 'link' });
    else if (runnerSteering(path) === 'by-key') {
      const merge = mergeKeyed(prediction, path, keyed.get(path), keyedAfter.get(path));
      if (merge === undefined) setAside.push({ path, why: 'steering' });
      else {
        texts.set(path, merge.text);
        if (merge.keys.length > 0) setAside.push({ path, why: 'keys', keys: merge.keys });
      }
    }
  }
  return { setAside, texts };
}

function mergeKeyed({ files }: Gradable, path: string, before: string | undefined, after: string | undefined) {
  if (!mergeableByKey(files, path) || before === undefined || after === undefined) return undefined;
  const merge = mergeRunnerKeys(path, before, after);
  return merge.merged ? merge : undefined;
}

async function putBackWhole(
  { sandbox, signal }: Place,
  {
    kept,
    whole,
    before,
  }: { readonly kept: KeptFiles; readonly whole: readonly string[]; readonly before: TreeListing },
): Promise<string | undefined> {
  const problem = await putBackKept(sandbox, kept, whole, signal);
  if (problem !== undefined || whole.length === 0) return problem;
  const now = await listTree(sandbox, signal);
  const different = whole.filter((path) => looks(before, path) !== looks(now, path));
  return different.length === 0 ? undefined : `${different.join(', ')} could not be put back`;
}

/** Kind, size and mode; the inode and the time of change of a file that was put back are new. */
function looks(listing: TreeListing, path: string): string {
  const entry = listing.get(path);
  return entry === undefined ? 'absent' : `${entry.type} ${entry.identity.split(':').slice(2).join(':')}`;
}

async function writeTexts(sandbox: Sandbox, texts: Texts): Promise<string | undefined> {
  for (const [path, text] of texts) {
    const writing = await sandbox.write(`${sandbox.treeRoot}/${path}`, Buffer.from(text));
    if (!writing.written) return `${path} could not be written: ${writing.problem}`;
  }
  return undefined;
}
