import type { ImageIndex } from '../../domain/image-index.ts';
import { filesTouchedBy, readDiff } from '../../domain/unified-diff.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { applyDiffs, type NamedDiff } from '../tree-state.ts';
import { applyRemedies, planRemedies, readTouched, type FileContents, type Remedy } from './remedies.ts';

/** The tree of a solver, or why there is none: a diff that does not apply, or original text that cannot be taken away. */
export type SolverTree =
  | { readonly built: true; readonly remedies: readonly Remedy[] }
  | { readonly built: false; readonly fault: 'diff' | 'leak'; readonly problem: string };

/**
 * Builds what a solver starts from, in a fresh sandbox: bug and weakening, for a second-order bug the failed patch, and
 * nowhere in the sandbox the original text that they took away (SPEC 6).
 *
 * Grading and recycling build the same: a repair is a diff on this tree, and must not find at grading what was taken
 * away before.
 */
export async function buildSolverTree(
  sandbox: Sandbox,
  {
    index,
    diffs: [bug, weakening, ...patches],
    signal,
  }: { readonly index: ImageIndex; readonly diffs: readonly NamedDiff[]; readonly signal: AbortSignal },
): Promise<SolverTree> {
  const stages = [[bug, weakening], patches].map((stage) => stage.filter((diff) => diff !== undefined));
  const paths = touchedPaths([bug, ...patches]);
  const original = await readTouched(sandbox, paths);
  if (typeof original === 'string') return { built: false, fault: 'leak', problem: original };
  const applied = new Map<string, Remedy>();
  for (const diffs of stages.filter((stage) => stage.length > 0)) {
    const application = await applyDiffs(sandbox, diffs, signal);
    if (!application.applied) return { built: false, fault: 'diff', problem: application.problem };
    // A failed patch was made on the tree that its solver got, so each stage is taken care of before the next one.
    const sealing = await sealTree(sandbox, { index, paths, original, signal });
    if (typeof sealing === 'string') return { built: false, fault: 'leak', problem: sealing };
    for (const remedy of sealing) applied.set(remedy.path, remedy);
  }
  return { built: true, remedies: [...applied.values()] };
}

async function sealTree(
  sandbox: Sandbox,
  {
    index,
    paths,
    original,
    signal,
  }: {
    readonly index: ImageIndex;
    readonly paths: readonly string[];
    readonly original: FileContents;
    readonly signal: AbortSignal;
  },
): Promise<readonly Remedy[] | string> {
  const present = await readTouched(sandbox, paths);
  if (typeof present === 'string') return present;
  const plan = planRemedies(index, paths, { original, present });
  if (!plan.planned) return plan.problem;
  const stays = await applyRemedies(sandbox, plan.remedies, signal);
  return stays.length === 0 ? plan.remedies : staying(stays);
}

export function staying(stays: readonly { readonly path: string; readonly reason: string }[]): string {
  const named = stays.slice(0, 3).map(({ path, reason }) => `${path} (${reason})`);
  const more = stays.length > named.length ? ` and ${stays.length - named.length} more` : '';
  return `the original text stays readable in ${named.join(', ')}${more}`;
}

/** Tests that a weakening touches are no secret: its reverse is what the solver is given. */
export function touchedPaths(diffs: readonly (NamedDiff | undefined)[]): readonly string[] {
  const files = diffs.flatMap((named) => {
    const reading = readDiff(named?.diff ?? '');
    return reading.readable ? reading.files : [];
  });
  return filesTouchedBy(files);
}
