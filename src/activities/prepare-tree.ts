import { SandboxUnavailableError } from '../domain/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { commitBaseline } from './git-baseline.ts';
import { wipeHistory } from './history-wipe.ts';
import { readBug } from './bug-content.ts';
import type { RolloutTask } from './rollout-setting.ts';
import type { Services } from './services.ts';
import { applyDiffs } from './tree-state.ts';

/**
 * Makes the tree what the role may see.
 *
 * The injector gets the original with its history and a clean baseline commit, so that no stray change can slip into a
 * diff (SPEC 3). The solver gets the bug, the weakening and a second-order bug's failed patch, then a history of one
 * fresh commit; the audit of the wipe fails closed (SPEC 6).
 */
export async function prepareTree(
  services: Services,
  sandbox: Sandbox,
  task: RolloutTask,
  signal: AbortSignal,
): Promise<void> {
  if (task.role === 'injector') {
    const baseline = await commitBaseline(sandbox, { signal });
    if (!baseline.committed) throw new SandboxUnavailableError(`no baseline could be committed: ${baseline.problem}`);
    return;
  }
  const bug = await readBug(services.store, task.artifactId);
  const built = await applyDiffs(sandbox, bug.diffs, signal);
  if (!built.applied) throw new SandboxUnavailableError(`the bug could not be built again: ${built.problem}`);
  const wipe = await wipeHistory(sandbox, { signal });
  if (!wipe.wiped) throw new SandboxUnavailableError(`the history could not be wiped: ${wipe.problem}`);
}
