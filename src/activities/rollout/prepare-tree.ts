import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { describeLeak } from '../../domain/leaks/leaks.ts';
import type { HiddenEntry, Sandbox } from '../../sandbox/sandbox.ts';
import { readBug } from '../artifact/bug-content.ts';
import { commitBaseline } from '../tree/git-baseline.ts';
import { historyError, wipeHistory } from '../tree/history-wipe.ts';
import { renewTree } from '../tree/renew-tree.ts';
import { imageIndexOf } from '../leaks/kept-image-index.ts';
import { rebuildSolverTree, type SolverTree } from '../leaks/solver-tree.ts';
import type { Progress } from '../services/progress.ts';
import type { RolloutSetting } from './rollout-setting.ts';
import { withSandbox } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';

/** A solver's tree that is ready. */
export interface PreparedTree {
  readonly audit: string;
  /** What has to be hidden again in a sandbox that starts from a snapshot of it. */
  readonly hidden: readonly HiddenEntry[];
}

type TreeSetting = Pick<RolloutSetting, 'task' | 'owner' | 'subject' | 'sandbox'>;

/**
 * Makes the tree what the role may see; an injector's needs no audit.
 *
 * The injector gets the original with its history and a clean baseline commit, so that no stray change can slip into a
 * diff (docs/specification.md#strategies). The solver gets the bug, the weakening and a second-order bug's failed
 * patch, without a second copy of what they took away, all of it written anew, then a history of one fresh commit. It
 * fails closed: what cannot be taken away is the image's fault, so the episode is lost and no solver pays for it
 * (docs/specification.md#solvers-tree).
 */
export async function prepareTree(
  services: Services,
  sandbox: Sandbox,
  { task, owner, subject, sandbox: config }: TreeSetting,
  progress: Progress,
): Promise<PreparedTree | undefined> {
  const { signal } = progress;
  if (task.role === 'injector') {
    const baseline = await commitBaseline(sandbox, { signal });
    if (!baseline.committed) throw new SandboxUnavailableError(`no baseline could be committed: ${baseline.problem}`);
    return undefined;
  }
  const bug = await readBug(services.store, task.artifactId);
  const index = await imageIndexOf(services, { owner, subject, sandbox: config }, progress);
  const tree = await rebuildSolverTree(sandbox, { index, diffs: bug.diffs, signal });
  const renewal = await renewTree(sandbox, signal);
  const wipe = await wipeHistory(sandbox, { signal });
  if (!wipe.wiped) throw historyError(wipe);
  return { audit: `${auditLine(wipe.audit, tree, index.looked)}; ${renewal}`, hidden: tree.hidden };
}

/** Names the first places; a line is for a person, and all of them can be asked of the index again. */
const NAMED = 5;

function auditLine(
  wipe: string,
  { remedies, hidden }: Extract<SolverTree, { built: true }>,
  looked: Readonly<Record<string, number>>,
): string {
  const searched = `${looked.files ?? 0} files of the image searched`;
  if (remedies.length === 0) return `${wipe}; ${searched}: no second copy`;
  const covered = new Set(hidden.map(({ path }) => path));
  const open = remedies.filter(({ path }) => !covered.has(path));
  const removed = open.filter(({ remedy }) => remedy === 'remove').length;
  const named = remedies.slice(0, NAMED).map(describeLeak);
  const more = remedies.length > NAMED ? `, and ${remedies.length - NAMED} more` : '';
  const done = `${removed} removed, ${covered.size} hidden, ${open.length - removed} given the buggy text`;
  return `${wipe}; ${searched}: ${remedies.length} second copies, ${done}: ${named.join(', ')}${more}`;
}

/** What the sandbox hid is not in a snapshot: finds out again what that was, in a sandbox of its own, and hides it. */
export async function hideAgain(
  services: Services,
  sandbox: Sandbox,
  { task, owner, subject, sandbox: config }: TreeSetting,
  progress: Progress,
): Promise<void> {
  if (task.role === 'injector') return;
  const { diffs } = await readBug(services.store, task.artifactId);
  const index = await imageIndexOf(services, { owner, subject, sandbox: config }, progress);
  const tree = await withSandbox(services, { owner, subject, config }, (fresh) =>
    rebuildSolverTree(fresh, { index, diffs, signal: progress.signal }),
  );
  if (tree.hidden.length > 0) await sandbox.hide(tree.hidden);
}
