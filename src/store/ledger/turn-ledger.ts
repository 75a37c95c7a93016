import { LedgerConflictError, RolloutFencedError } from '../../domain/failure/errors.ts';
import type { Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { toReferenceText, toTurnRow } from './row-mapping.ts';
import { addUsage } from './run-usage.ts';
import { missingRow } from './write-once.ts';

type TurnLedger = Pick<Ledger, 'recordIntent' | 'recordReply' | 'recordObservation' | 'recordSnapshot' | 'readTurns'>;

/** A journal entry: who speaks about which turn. */
interface Entry {
  readonly rolloutId: string;
  readonly turn: number;
  readonly epoch: number;
}

/** The journal of rollouts. Every write is fenced: it and the comparison of epochs are one transaction. */
export function createTurnLedger(database: LedgerDatabase): TurnLedger {
  const writeFenced = <Result>(entry: Entry, work: (transaction: LedgerTransaction) => Promise<Result>) =>
    database.write(async (transaction) => {
      await requireCurrentEpoch(transaction, { entry, locksRows: database.locksRows });
      return work(transaction);
    });

  return {
    recordIntent: ({ rolloutId, turn, epoch, at }) =>
      writeFenced({ rolloutId, turn, epoch }, async (transaction) => {
        await transaction
          .insertInto('intents')
          .values({ rolloutId, turn, epoch, at })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),

    recordReply: (reply) =>
      writeFenced(reply, async (transaction) => {
        const unobserved = { observation: null, activity: null, observedAt: null, snapshot: null };
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('turns')
          .values({ ...reply, reply: toReferenceText(reply.reply), ...unobserved })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows) await addUsage(transaction, reply);
        const kept = await selectTurns(transaction, reply.rolloutId).where('turn', '=', reply.turn).executeTakeFirst();
        if (!kept) throw missingRow(nameTurn(reply));
        return toTurnRow(kept);
      }),

    recordObservation: ({ observation, activity, observedAt, ...entry }) =>
      writeFenced(entry, async (transaction) => {
        const { numUpdatedRows } = await updateTurn(transaction, entry)
          .set({ observation: toReferenceText(observation), activity, observedAt })
          .where('observation', 'is', null)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) await requireTurn(transaction, entry);
      }),

    recordSnapshot: ({ snapshot, ...entry }) =>
      writeFenced(entry, async (transaction) => {
        const { numUpdatedRows } = await updateTurn(transaction, entry)
          .set({ snapshot: toReferenceText(snapshot) })
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) throw missingRow(nameTurn(entry));
      }),

    readTurns: async (rolloutId) => {
      const turns = await selectTurns(database.queries, rolloutId).orderBy('turn').execute();
      return turns.map(toTurnRow);
    },
  };
}

async function requireCurrentEpoch(
  transaction: LedgerTransaction,
  { entry, locksRows }: { readonly entry: Entry; readonly locksRows: boolean },
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

async function requireTurn(transaction: LedgerTransaction, entry: Entry): Promise<void> {
  const turn = await selectTurns(transaction, entry.rolloutId).where('turn', '=', entry.turn).executeTakeFirst();
  if (!turn) throw missingRow(nameTurn(entry));
}

function selectTurns(queries: Pick<LedgerTransaction, 'selectFrom'>, rolloutId: string) {
  return queries.selectFrom('turns').selectAll().where('rolloutId', '=', rolloutId);
}

function updateTurn(transaction: LedgerTransaction, { rolloutId, turn }: Entry) {
  return transaction.updateTable('turns').where('rolloutId', '=', rolloutId).where('turn', '=', turn);
}

function nameTurn({ rolloutId, turn }: Entry): string {
  return `reply in turn ${turn} of rollout ${rolloutId}`;
}
