import type { TurnRow } from '../../domain/record/ledger-rows.ts';
import type { Ledger } from '../store.ts';
import { requireCurrentEpoch, writeFenced, type Entry } from './fenced-write.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import type { Columns } from './ledger-tables.ts';
import { toReferenceText, toTurnRow } from './row-mapping.ts';
import { createUsageStatement } from './run-usage.ts';
import { createTurnStatements } from './turn-statements.ts';
import { missingRow } from './write-once.ts';

type TurnLedger = Pick<Ledger, 'recordIntent' | 'recordReply' | 'recordObservation' | 'recordSnapshot' | 'readTurns'>;

/**
 * The journal of rollouts. Every write is fenced. What each turn writes is one statement where nothing stands against it,
 * built once.
 */
export function createTurnLedger(database: LedgerDatabase): TurnLedger {
  const { insertIntent, insertReply, updateObservation } = createTurnStatements(database);
  const addUsage = createUsageStatement(database);
  return {
    recordIntent: (intent) =>
      database.write(async (transaction) => {
        const { numAffectedRows } = await insertIntent(transaction, intent);
        if (!numAffectedRows) await requireCurrentEpoch(database, transaction, intent);
      }),

    recordReply: (reply) =>
      database.write(async (transaction) => {
        const { rows } = await insertReply(transaction, { ...reply, reply: toReferenceText(reply.reply) });
        const [inserted] = rows;
        if (inserted) {
          await addUsage(transaction, reply);
          return toTurnRow(inserted);
        }
        await requireCurrentEpoch(database, transaction, reply);
        return toTurnRow(await requireTurn(transaction, reply));
      }),

    recordObservation: ({ observation, ...said }) =>
      database.write(async (transaction) => {
        const observed = { ...said, observation: toReferenceText(observation) };
        const { numAffectedRows } = await updateObservation(transaction, observed);
        if (numAffectedRows) return;
        await requireCurrentEpoch(database, transaction, said);
        await requireTurn(transaction, said);
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

async function requireTurn(transaction: LedgerTransaction, entry: Entry): Promise<Columns<TurnRow>> {
  const turn = await selectTurns(transaction, entry.rolloutId).where('turn', '=', entry.turn).executeTakeFirst();
  if (!turn) throw missingRow(nameTurn(entry));
  return turn;
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
