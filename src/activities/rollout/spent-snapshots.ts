import { StoreUnavailableError } from '../../domain/failure/errors.ts';
import type { Store } from '../../store/store.ts';

/** What was taken away. */
export interface RemovedSnapshots {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Takes snapshots that no rollout will start from out of the store, of one rollout or of all.
 *
 * The content goes first and its row after it: whoever dies in between leaves a row that is found again. A rollout that
 * saves the very same content at this moment may lose it, and starts from the snapshot before.
 */
export async function removeSpentSnapshots(
  { blobs, ledger }: Pick<Store, 'blobs' | 'ledger'>,
  filter: { readonly rolloutId?: string } = {},
): Promise<RemovedSnapshots> {
  let [count, bytes] = [0, 0];
  for (const { snapshot, shared } of await ledger.listSpentSnapshots(filter)) {
    if (!shared) {
      await blobs.remove(snapshot);
      count += 1;
      bytes += snapshot.bytes;
    }
    await ledger.forgetSnapshot(snapshot);
  }
  return { count, bytes };
}

/**
 * The same for a rollout that has something better to do than to wait for it: what is left is found again by a host's
 * housekeeping and by `selfplay gc`.
 */
export async function tidySnapshots(store: Pick<Store, 'blobs' | 'ledger'>, rolloutId: string): Promise<void> {
  try {
    await removeSpentSnapshots(store, { rolloutId });
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}
