import type { Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { toReferenceTextOrNull, toRolloutRow } from './row-mapping.ts';
import { sumUsage } from './run-usage.ts';
import { missingRow, writeOnce } from './write-once.ts';

type RolloutLedger = Pick<
  Ledger,
  | 'openRollout'
  | 'claimRollout'
  | 'closeRollout'
  | 'listRollouts'
  | 'countTurns'
  | 'findRollout'
  | 'countLostReplies'
  | 'sumUsage'
>;

/** What is not known of a rollout at its beginning. */
const UNDER_WAY = {
  epoch: 0,
  sandbox: null,
  outcome: null,
  submission: null,
  trajectory: null,
  audit: null,
  problem: null,
  endedAt: null,
};

export function createRolloutLedger({ queries, write }: LedgerDatabase): RolloutLedger {
  return {
    openRollout: (rollout) =>
      write((transaction) => {
        const { startedAt: _startedAt, ...said } = rollout;
        const opened = { ...rollout, ...UNDER_WAY };
        return writeOnce(transaction.insertInto('rollouts').values(opened), {
          name: `rollout ${rollout.rolloutId}`,
          said,
          find: () => findRollout(transaction, rollout.rolloutId),
        });
      }),

    claimRollout: (rolloutId, sandbox) =>
      write(async (transaction) => {
        const claimed = await transaction
          .updateTable('rollouts')
          .set(({ eb }) => ({ epoch: eb('epoch', '+', 1), sandbox }))
          .where('rolloutId', '=', rolloutId)
          .returning('epoch')
          .executeTakeFirst();
        if (!claimed) throw missingRow(`rollout ${rolloutId}`);
        return claimed.epoch;
      }),

    closeRollout: ({ rolloutId, outcome, submission, trajectory, problem, endedAt }) =>
      write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('rollouts')
          .set({
            outcome,
            submission: toReferenceTextOrNull(submission),
            trajectory: toReferenceTextOrNull(trajectory),
            problem,
            endedAt,
          })
          .where('rolloutId', '=', rolloutId)
          .where('outcome', 'is', null)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows && !(await findRollout(transaction, rolloutId))) throw missingRow(`rollout ${rolloutId}`);
      }),

    listRollouts: async (episodeId) => {
      const rollouts = await queries
        .selectFrom('rollouts')
        .selectAll()
        .where('episodeId', '=', episodeId)
        .orderBy('role')
        .orderBy('attempt')
        .orderBy('startedAt')
        .orderBy('rolloutId')
        .execute();
      return rollouts.map(toRolloutRow);
    },

    countTurns: (episodeId) => countTurns(queries, episodeId),

    findRollout: async (rolloutId) => {
      const rollout = await findRollout(queries, rolloutId);
      return rollout && toRolloutRow(rollout);
    },

    countLostReplies: (runId) => countLostReplies(queries, runId),
    sumUsage: (runId) => sumUsage(queries, runId),
  };
}

function findRollout(queries: Pick<LedgerTransaction, 'selectFrom'>, rolloutId: string) {
  return queries.selectFrom('rollouts').selectAll().where('rolloutId', '=', rolloutId).executeTakeFirst();
}

async function countTurns(queries: LedgerDatabase['queries'], episodeId: string): Promise<ReadonlyMap<string, number>> {
  const counts = await queries
    .selectFrom('rollouts')
    .innerJoin('turns', 'turns.rolloutId', 'rollouts.rolloutId')
    .where('rollouts.episodeId', '=', episodeId)
    .groupBy('rollouts.rolloutId')
    .select((eb) => ['rollouts.rolloutId', eb.fn.countAll().as('count')])
    .execute();
  return new Map(counts.map(({ rolloutId, count }) => [rolloutId, Number(count)]));
}

async function countLostReplies(queries: LedgerDatabase['queries'], runId: string): Promise<number> {
  const { lost } = await queries
    .selectFrom('intents')
    .innerJoin('rollouts', 'rollouts.rolloutId', 'intents.rolloutId')
    .innerJoin('episodes', 'episodes.episodeId', 'rollouts.episodeId')
    .leftJoin('turns', (join) =>
      join
        .onRef('turns.rolloutId', '=', 'intents.rolloutId')
        .onRef('turns.turn', '=', 'intents.turn')
        .onRef('turns.epoch', '=', 'intents.epoch'),
    )
    .where('episodes.runId', '=', runId)
    .where('turns.rolloutId', 'is', null)
    // The intent of the present incarnation may still be answered, unless its rollout or episode is over.
    .where((eb) =>
      eb.or([
        eb('intents.epoch', '<', eb.ref('rollouts.epoch')),
        eb('rollouts.endedAt', 'is not', null),
        eb('episodes.endedAt', 'is not', null),
      ]),
    )
    .select((eb) => eb.fn.countAll().as('lost'))
    .executeTakeFirstOrThrow();
  // Drivers differ in what they return for a count: number, bigint or text.
  return Number(lost);
}
