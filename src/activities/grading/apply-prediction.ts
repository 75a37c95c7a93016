import type { Rung } from '../../domain/diff/patch-leniency.ts';
import type { UnsolvedCause } from '../../domain/grading/unsolved-cause.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { keepFiles, putBackKept, type KeptFiles } from '../tree/kept-files.ts';
import { readKeyed, setAsideOf, type Place, type SetAside, type Texts } from './set-aside.ts';
import { readConfigurations } from '../tree/runner-configurations.ts';
import { changedPaths, listedTree, readTree, type TreeListing } from '../tree/tree-listing.ts';
import { applyDiff } from '../tree/tree-state.ts';
import { writeFile } from '../tree/write-file.ts';

export type PredictionApplication =
  | { readonly applied: true; readonly rung: Rung; readonly setAside: readonly SetAside[] }
  | { readonly applied: false; readonly cause: UnsolvedCause; readonly problem: string };

interface Applying extends Place {
  readonly signal: AbortSignal;
}

/**
 * Applies a prediction to the bug's tree as far as it counts (docs/specification.md#runner-steering). The whole diff is
 * applied first, then tests and whatever steers the runner are made what they were before it: by looking at the tree,
 * so that it does not matter in which way the diff touched them.
 */
export async function applyPrediction(place: Applying): Promise<PredictionApplication> {
  const { sandbox, prediction, signal } = place;
  const before = listedTree(await readTree(sandbox, signal));
  const kept = await keepFiles(sandbox, prediction.touched, signal);
  const keyed = await readKeyed(sandbox, prediction);
  const configurations = await readConfigurations(sandbox, before);
  const climbed = await climb(place);
  if (!climbed.applied) return climbed;
  const reading = await readTree(sandbox, signal);
  if (!reading.listed) return notPutBack(`with the submitted diff ${reading.problem}`);
  const after = reading.tree;
  const named = new Set(prediction.touched);
  const unnamed = changedPaths(before, after).filter((path) => !named.has(path));
  if (unnamed.length > 0) return notPutBack(`the submitted diff changes ${unnamed.join(', ')} without naming it`);
  const { setAside, texts } = await setAsideOf(place, { before, after, keyed, configurations });
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

async function climb({ sandbox, prediction, signal }: Applying): Promise<PredictionApplication> {
  const diff = { name: 'the submitted diff', diff: prediction.diff };
  let problem = '';
  for (const rung of prediction.rungs) {
    const application = await applyDiff(sandbox, diff, signal, OPTIONS[rung]);
    if (application.applied) return { applied: true, rung, setAside: [] };
    problem ||= application.problem;
  }
  return { applied: false, cause: 'does-not-apply', problem };
}

async function putBackWhole(
  { sandbox, signal }: Applying,
  {
    kept,
    whole,
    before,
  }: { readonly kept: KeptFiles; readonly whole: readonly string[]; readonly before: TreeListing },
): Promise<string | undefined> {
  const problem = await putBackKept(sandbox, kept, whole, signal);
  if (problem !== undefined || whole.length === 0) return problem;
  const now = await readTree(sandbox, signal);
  if (!now.listed) return now.problem;
  const different = whole.filter((path) => looks(before, path) !== looks(now.tree, path));
  return different.length === 0 ? undefined : `${different.join(', ')} could not be put back`;
}

/** Kind, size and mode; the inode and the time of change of a file that was put back are new. */
function looks(listing: TreeListing, path: string): string {
  const entry = listing.get(path);
  return entry === undefined ? 'absent' : `${entry.type} ${entry.identity.split(':').slice(2).join(':')}`;
}

async function writeTexts(sandbox: Sandbox, texts: Texts): Promise<string | undefined> {
  for (const [path, text] of texts) {
    const problem = await writeFile(sandbox, `${sandbox.treeRoot}/${path}`, Buffer.from(text));
    if (problem !== undefined) return `${path} could not be written: ${problem}`;
  }
  return undefined;
}
