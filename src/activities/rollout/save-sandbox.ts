import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { toBlobRef } from '../../store/store.ts';
import type { Turn } from './journal.ts';
import type { Slice } from './slice.ts';
import { snapshotNeed } from './snapshot-need.ts';
import { tidySnapshots } from './spent-snapshots.ts';

/**
 * Takes a snapshot after the turn where one is to be taken, so that a lost host costs no more than what has been done
 * since. Returns the turn with it.
 */
export async function saveSandbox(slice: Slice, before: readonly Turn[], turn: Turn): Promise<Turn> {
  const { services, setting, sandbox, epoch, progress } = slice;
  const { ledger, blobs } = services.store;
  const { rolloutId, rollout } = setting;
  const { snapshotSeconds } = rollout;
  const need = snapshotNeed([...before, turn], { snapshotSeconds, unchangedAfter: slice.unchangedAfter });
  if (need === 'not-yet') return turn;
  const content = await unlessUnavailable(async () => {
    if (need === 'if-tree-changed' && !(await sandbox.treeChanged())) {
      slice.unchangedAfter = turn.row.turn;
      return undefined;
    }
    progress.say(`turn ${turn.row.turn}: taking a snapshot`);
    return sandbox.snapshot();
  });
  if (content === undefined) return turn;
  const snapshot = toBlobRef(content);
  // The row first: content without a row would stay for ever, and a row without content is passed over.
  const savedAt = new Date().toISOString();
  await ledger.recordSnapshot({ rolloutId, turn: turn.row.turn, epoch, snapshot, savedAt });
  await blobs.put(content);
  await tidySnapshots(services.store, rolloutId);
  return { ...turn, row: { ...turn.row, snapshot, savedAt } };
}

/**
 * A sandbox that holds too much for a snapshot, or has no room to look, goes on without one: what the agent did to it
 * is its own doing. Where the sandbox itself is broken, the next command says so.
 */
async function unlessUnavailable<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SandboxUnavailableError) return undefined;
    throw error;
  }
}
