import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { ImageIndex } from '../../domain/leaks/image-index.ts';
import { changesOf, filesTouchedBy } from '../../domain/diff/unified-diff.ts';
import type { HiddenEntry, Sandbox } from '../../sandbox/sandbox.ts';
import { applyDiffs, type NamedDiff } from '../tree/tree-state.ts';
import { planRemedies, readTouched, takeAway, type FileContents, type Remedy } from './remedies.ts';

/** The tree of a solver, or why there is none: a diff that does not apply, or original text that cannot be taken away. */
export type SolverTree =
  | { readonly built: true; readonly remedies: readonly Remedy[]; readonly hidden: readonly HiddenEntry[] }
  | { readonly built: false; readonly fault: 'diff' | 'leak'; readonly problem: string };

/**
 * Builds what a solver starts from, in a fresh sandbox: bug and weakening, for a second-order bug the failed patch, and
 * nowhere in the sandbox the original text that they took away (docs/specification.md#second-copies).
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
  const hidden = new Map<string, HiddenEntry>();
  for (const diffs of stages.filter((stage) => stage.length > 0)) {
    const application = await applyDiffs(sandbox, diffs, signal);
    if (!application.applied) return { built: false, fault: 'diff', problem: application.problem };
    // A failed patch was made on the tree that its solver got, so each stage is taken care of before the next one.
    const sealing = await sealTree(sandbox, { index, paths, original, signal });
    if (!sealing.sealed) return { built: false, fault: 'leak', problem: sealing.problem };
    for (const remedy of sealing.remedies) applied.set(remedy.path, remedy);
    for (const entry of sealing.hidden) hidden.set(entry.path, entry);
  }
  return { built: true, remedies: [...applied.values()], hidden: [...hidden.values()] };
}

type Sealing =
  | { readonly sealed: true; readonly remedies: readonly Remedy[]; readonly hidden: readonly HiddenEntry[] }
  | { readonly sealed: false; readonly problem: string };

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
): Promise<Sealing> {
  const present = await readTouched(sandbox, paths);
  if (typeof present === 'string') return { sealed: false, problem: present };
  const plan = planRemedies(index, paths, { original, present });
  if (!plan.planned) return { sealed: false, problem: plan.problem };
  const { remedies } = plan;
  const away = await takeAway(sandbox, remedies, signal);
  if (!away.taken) return { sealed: false, problem: away.problem };
  return { sealed: true, remedies, hidden: away.hidden };
}

/** The same of a bug that is known to be buildable: where it cannot be, machine or image are to blame, and nobody pays. */
export async function rebuildSolverTree(
  sandbox: Sandbox,
  options: Parameters<typeof buildSolverTree>[1],
): Promise<Extract<SolverTree, { built: true }>> {
  const tree = await buildSolverTree(sandbox, options);
  if (tree.built) return tree;
  if (tree.fault === 'diff') throw new SandboxUnavailableError(`the bug could not be built again: ${tree.problem}`);
  throw new ImageNotFoundError(`no solver is let in: ${tree.problem}`);
}

/** Tests that a weakening touches are no secret: its reverse is what the solver is given. */
export function touchedPaths(diffs: readonly (NamedDiff | undefined)[]): readonly string[] {
  return filesTouchedBy(diffs.flatMap((named) => changesOf(named?.diff)));
}
