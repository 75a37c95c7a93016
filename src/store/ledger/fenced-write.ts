import type { RawBuilder } from 'kysely';
import { LedgerConflictError, RolloutFencedError } from '../../domain/failure/errors.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { missingRow } from './write-once.ts';

/** A journal entry: who speaks about which turn. */
export interface Entry {
  readonly rolloutId: string;
  readonly turn: number;
  readonly epoch: number;
}

/** A write of the journal: it and the comparison of epochs are one transaction. */
export function writeFenced<Result>(
  database: LedgerDatabase,
  entry: Entry,
  work: (transaction: LedgerTransaction) => Promise<Result>,
): Promise<Result> {
  return database.write(async (transaction) => {
    await requireCurrentEpoch(database, transaction, entry);
    return work(transaction);
  });
}

/**
 * The entry's rollout, if the entry is of its current epoch: what a statement that writes the entry takes its row from,
 * so that it compares and writes at once. One that has written nothing asks `requireCurrentEpoch` why.
 */
export function currentRollout(
  { queries, locksRows }: LedgerDatabase,
  { rolloutId, epoch }: { readonly rolloutId: RawBuilder<string>; readonly epoch: RawBuilder<number> },
) {
  return queries
    .selectFrom('rollouts')
    .where('rollouts.rolloutId', '=', rolloutId)
    .where('rollouts.epoch', '=', epoch)
    .$if(locksRows, (query) => query.forUpdate());
}

export async function requireCurrentEpoch(
  { locksRows }: LedgerDatabase,
  transaction: LedgerTransaction,
  entry: Entry,
): Promise<void> {
  const current = await transaction
    .selectFrom('rollouts')
    .select('epoch')
    .where('rolloutId', '=', entry.rolloutId)
    .$if(locksRows, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!current) throw missingRow(`rollout ${entry.rolloutId}`);
  if (current.epoch === entry.epoch) return;
  const message = `Epoch ${entry.epoch} wrote to turn ${entry.turn} of rollout ${entry.rolloutId}, which is at epoch ${current.epoch}`;
  if (current.epoch > entry.epoch) throw new RolloutFencedError(`${message}: a newer incarnation has taken it over.`);
  throw new LedgerConflictError(`${message}: an epoch comes from claimRollout and from nowhere else.`);
}
