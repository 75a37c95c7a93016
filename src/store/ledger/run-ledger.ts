import type { Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { missingRow, requireSame, writeOnce } from './write-once.ts';

type RunLedger = Pick<
  Ledger,
  'openRun' | 'closeRun' | 'openInjectionGroup' | 'settleInjectionGroup' | 'listRunIds' | 'findRun'
>;

export function createRunLedger({ queries, write }: LedgerDatabase): RunLedger {
  return {
    openRun: (run) =>
      write(async (transaction) => {
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('runs')
          .values({ ...run, endedAt: null, outcome: null })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows) return;
        await transaction
          .updateTable('runs')
          .set({ endedAt: null, outcome: null })
          .where('runId', '=', run.runId)
          .execute();
      }),

    closeRun: ({ runId, endedAt, outcome }) =>
      write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('runs')
          .set({ endedAt, outcome })
          .where('runId', '=', runId)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) throw missingRow(`run ${runId}`);
      }),

    openInjectionGroup: (group) =>
      write((transaction) =>
        writeOnce(transaction.insertInto('injectionGroups').values({ ...group, settledAt: null }), {
          name: `injection group ${group.groupId}`,
          said: group,
          find: () => findGroup(transaction, group.groupId),
        }),
      ),

    settleInjectionGroup: ({ groupId, settledAt, advantages }) =>
      write(async (transaction) => {
        const group = await findGroup(transaction, groupId);
        if (!group) throw missingRow(`injection group ${groupId}`);
        await transaction
          .updateTable('injectionGroups')
          .set({ settledAt })
          .where('groupId', '=', groupId)
          .where('settledAt', 'is', null)
          .execute();
        for (const injector of advantages) await settleAdvantage(transaction, { ...injector, groupId });
      }),

    listRunIds: async () => {
      const runs = await queries
        .selectFrom('runs')
        .select('runId')
        // An evaluation keeps its episodes under a run of its own, which nobody has started as one.
        .where('runId', 'not in', queries.selectFrom('evaluations').select('evaluationId'))
        .orderBy('startedAt', 'desc')
        .orderBy('runId', 'desc')
        .execute();
      return runs.map(({ runId }) => runId);
    },

    findRun: (runId) => queries.selectFrom('runs').selectAll().where('runId', '=', runId).executeTakeFirst(),
  };
}

function findGroup(transaction: LedgerTransaction, groupId: string) {
  return transaction.selectFrom('injectionGroups').selectAll().where('groupId', '=', groupId).executeTakeFirst();
}

async function settleAdvantage(
  transaction: LedgerTransaction,
  {
    groupId,
    rolloutId,
    advantage,
  }: { readonly groupId: string; readonly rolloutId: string; readonly advantage: number },
): Promise<void> {
  // A second-order episode may reward the same rollout; it belongs to no group.
  const episodes = transaction.selectFrom('episodes').select('episodeId').where('groupId', '=', groupId);
  const { numUpdatedRows } = await transaction
    .updateTable('rewards')
    .set({ advantage })
    .where('rolloutId', '=', rolloutId)
    .where('role', '=', 'injector')
    .where('episodeId', 'in', episodes)
    .where('advantage', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows) return;
  const kept = await transaction
    .selectFrom('rewards')
    .select('advantage')
    .where('rolloutId', '=', rolloutId)
    .where('role', '=', 'injector')
    .where('episodeId', 'in', episodes)
    .executeTakeFirst();
  if (!kept) throw missingRow(`injector's reward of rollout ${rolloutId}`);
  requireSame(`advantage of rollout ${rolloutId}`, { said: { advantage }, kept });
}
