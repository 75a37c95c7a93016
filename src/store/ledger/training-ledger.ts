import type { TrainingStepRow } from '../../domain/record/training-rows.ts';
import type { Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { toReferenceTextOrNull, toTrainingStepRow } from './row-mapping.ts';
import { missingRow, writeOnce } from './write-once.ts';

type TrainingLedger = Pick<
  Ledger,
  | 'recordTrainingGroup'
  | 'findTrainingGroup'
  | 'listTrainingGroups'
  | 'recordTrainingStep'
  | 'findTrainingStep'
  | 'recordReceipt'
  | 'findReceipt'
  | 'newestReceipt'
  | 'newestServed'
  | 'newestCheckpoint'
  | 'listReceipts'
>;

/** Which groups a step is made of, and what its trainer made of it. */
export function createTrainingLedger({ queries, write }: LedgerDatabase): TrainingLedger {
  const receipts = (runId: string) => queries.selectFrom('trainingReceipts').selectAll().where('runId', '=', runId);
  return {
    recordTrainingGroup: (group) =>
      write((transaction) => {
        const { weighedAt: _weighedAt, ...said } = group;
        return writeOnce(transaction.insertInto('trainingGroups').values({ ...group, step: null }), {
          name: `training group ${group.groupId}`,
          // By the time that it is said again it may have gone stale in the queue.
          said: group.standing === 'ready' ? withoutStanding(said) : said,
          find: () => findGroup(transaction, group.groupId),
        });
      }),

    findTrainingGroup: (groupId) => findGroup(queries, groupId),

    listTrainingGroups: (runId) =>
      queries
        .selectFrom('trainingGroups')
        .selectAll()
        .where('runId', '=', runId)
        .orderBy('weighedAt')
        .orderBy('groupId')
        .execute(),

    recordTrainingStep: ({ step, groups, stale }) =>
      write((transaction) => recordStep(transaction, step, groups, stale)),

    findTrainingStep: async (runId, step) => {
      const row = await queries
        .selectFrom('trainingSteps')
        .selectAll()
        .where('runId', '=', runId)
        .where('step', '=', step)
        .executeTakeFirst();
      return row === undefined ? undefined : toTrainingStepRow(row);
    },

    recordReceipt: (receipt) =>
      write(async (transaction) => {
        const { session, publication, served, losses } = receipt;
        const renewed = { session, publication, served, losses };
        await transaction
          .insertInto('trainingReceipts')
          .values(receipt)
          .onConflict((conflict) => conflict.columns(['runId', 'step']).doUpdateSet(renewed))
          .execute();
      }),

    findReceipt: (runId, step) => receipts(runId).where('step', '=', step).executeTakeFirst(),
    newestReceipt: (runId) => receipts(runId).orderBy('step', 'desc').limit(1).executeTakeFirst(),
    newestServed: (runId) =>
      receipts(runId).where('served', 'is not', null).orderBy('step', 'desc').limit(1).executeTakeFirst(),
    newestCheckpoint: (runId) =>
      receipts(runId).where('checkpoint', 'is not', null).orderBy('step', 'desc').limit(1).executeTakeFirst(),
    listReceipts: (runId) => receipts(runId).orderBy('step').execute(),
  };
}

function findGroup(queries: LedgerDatabase['queries'], groupId: string) {
  return queries.selectFrom('trainingGroups').selectAll().where('groupId', '=', groupId).executeTakeFirst();
}

function withoutStanding<Said extends { readonly standing: unknown }>({ standing: _standing, ...said }: Said) {
  return said;
}

/** The step and what becomes of its groups, all or nothing: a group is trained on once. */
async function recordStep(
  transaction: LedgerTransaction,
  row: TrainingStepRow,
  groups: readonly string[],
  stale: readonly string[],
): Promise<void> {
  const { runId, step } = row;
  const { assembledAt: _assembledAt, manifest, ...said } = row;
  const reference = toReferenceTextOrNull(manifest);
  await writeOnce(transaction.insertInto('trainingSteps').values({ ...row, manifest: reference }), {
    name: `step ${step} of run ${runId}`,
    said: { ...said, manifest: reference },
    find: () =>
      transaction
        .selectFrom('trainingSteps')
        .selectAll()
        .where('runId', '=', runId)
        .where('step', '=', step)
        .executeTakeFirst(),
  });
  for (const groupId of groups) {
    const { numUpdatedRows } = await transaction
      .updateTable('trainingGroups')
      .set({ step })
      .where('groupId', '=', groupId)
      .where((eb) => eb.or([eb('step', 'is', null), eb('step', '=', step)]))
      .executeTakeFirstOrThrow();
    if (!numUpdatedRows) throw missingRow(`training group ${groupId} that is in no other step than ${step}`);
  }
  if (stale.length === 0) return;
  await transaction
    .updateTable('trainingGroups')
    .set({ standing: 'stale' })
    .where('groupId', 'in', stale)
    .where('step', 'is', null)
    .execute();
}
