import type { Ledger } from '../store.ts';
import { writeFenced, type Entry } from './fenced-write.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { toReferenceText, toTurnRow } from './row-mapping.ts';
import { addUsage } from './run-usage.ts';
import { missingRow } from './write-once.ts';

type TurnLedger = Pick<Ledger, 'recordIntent' | 'recordReply' | 'recordObservation' | 'recordSnapshot' | 'readTurns'>;

/** The journal of rollouts. Every write is fenced. */
export function createTurnLedger(database: LedgerDatabase): TurnLedger {
  return {
    recordIntent: ({ rolloutId, turn, epoch, at }) =>
      writeFenced(database, { rolloutId, turn, epoch }, async (transaction) => {
        await transaction
          .insertInto('intents')
          .values({ rolloutId, turn, epoch, at })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),

    recordReply: (reply) =>
      writeFenced(database, reply, async (transaction) => {
        const unobserved = { observation: null, activity: null, observedAt: null, snapshot: null, savedAt: null };
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
      writeFenced(database, entry, async (transaction) => {
        const { numUpdatedRows } = await updateTurn(transaction, entry)
          .set({ observation: toReferenceText(observation), activity, observedAt })
          .where('observation', 'is', null)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) await requireTurn(transaction, entry);
      }),

    recordSnapshot: ({ snapshot, savedAt, ...entry }) =>
      writeFenced(database, entry, async (transaction) => {
        const { numUpdatedRows } = await updateTurn(transaction, entry)
          .set({ snapshot: toReferenceText(snapshot), savedAt })
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) throw missingRow(nameTurn(entry));
      }),

    readTurns: async (rolloutId) => {
      const turns = await selectTurns(database.queries, rolloutId).orderBy('turn').execute();
      return turns.map(toTurnRow);
    },
  };
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
