import type { EpisodeRow, RewardRow } from '../../domain/record/ledger-rows.ts';
import type { Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { missingRow, requireSame, writeOnce } from './write-once.ts';

type EpisodeLedger = Pick<
  Ledger,
  | 'openEpisode'
  | 'recordPhase'
  | 'settleEpisode'
  | 'listEpisodes'
  | 'findEpisode'
  | 'listInjectionGroup'
  | 'listRewards'
>;

type Settlement = Parameters<Ledger['settleEpisode']>[0];

export function createEpisodeLedger({ queries, write }: LedgerDatabase): EpisodeLedger {
  return {
    openEpisode: (episode) =>
      write((transaction) => {
        const { startedAt: _startedAt, ...said } = episode;
        return writeOnce(transaction.insertInto('episodes').values(toOpenedEpisode(episode)), {
          name: `episode ${episode.episodeId}`,
          said,
          find: () => findEpisode(transaction, episode.episodeId),
        });
      }),

    recordPhase: (episodeId, phase) =>
      write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('episodes')
          .set({ phase })
          .where('episodeId', '=', episodeId)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) throw missingRow(`episode ${episodeId}`);
      }),

    settleEpisode: (settlement) => write((transaction) => settle(transaction, settlement)),

    listEpisodes: ({ runId, limit }) => {
      let episodes = queries
        .selectFrom('episodes')
        .selectAll()
        .orderBy('startedAt', 'desc')
        .orderBy('episodeId', 'desc');
      if (runId !== undefined) episodes = episodes.where('runId', '=', runId);
      if (limit !== undefined) episodes = episodes.limit(limit);
      return episodes.execute();
    },

    findEpisode: (episodeId) =>
      queries.selectFrom('episodes').selectAll().where('episodeId', '=', episodeId).executeTakeFirst(),

    listInjectionGroup: (groupId) =>
      queries
        .selectFrom('episodes')
        .selectAll()
        .where('groupId', '=', groupId)
        .orderBy('startedAt')
        .orderBy('episodeId')
        .execute(),

    listRewards: (episodeId) =>
      queries
        .selectFrom('rewards')
        .selectAll()
        .where('episodeId', '=', episodeId)
        .orderBy('role')
        .orderBy('attempt')
        .execute(),
  };
}

function toOpenedEpisode(episode: Parameters<Ledger['openEpisode']>[0]): EpisodeRow {
  return {
    ...episode,
    phase: 'opened',
    outcome: null,
    verdict: null,
    check: null,
    artifactId: null,
    solveRate: null,
    endedAt: null,
  };
}

async function settle(transaction: LedgerTransaction, { episode, rewards }: Settlement): Promise<void> {
  const { episodeId, endedAt, ...said } = episode;
  const { numUpdatedRows } = await transaction
    .updateTable('episodes')
    .set({ ...said, endedAt })
    .where('episodeId', '=', episodeId)
    .where('outcome', 'is', null)
    .executeTakeFirstOrThrow();
  if (!numUpdatedRows) {
    const kept = await findEpisode(transaction, episodeId);
    if (!kept) throw missingRow(`episode ${episodeId}`);
    requireSame(`settlement of episode ${episodeId}`, { said, kept });
    await requireAsManyRewards(transaction, { episodeId, count: rewards.length });
  }
  for (const reward of rewards) await writeReward(transaction, reward);
}

/** A repetition may neither add a reward nor leave one out; that those it names are equal, `writeReward` sees. */
async function requireAsManyRewards(
  transaction: LedgerTransaction,
  { episodeId, count }: { readonly episodeId: string; readonly count: number },
): Promise<void> {
  const kept = await transaction.selectFrom('rewards').select('attempt').where('episodeId', '=', episodeId).execute();
  requireSame(`settlement of episode ${episodeId}`, { said: { rewards: count }, kept: { rewards: kept.length } });
}

function writeReward(transaction: LedgerTransaction, reward: RewardRow): Promise<void> {
  const { advantage, ...rest } = reward;
  return writeOnce(transaction.insertInto('rewards').values(reward), {
    name: `reward of episode ${reward.episodeId}, ${reward.role} ${reward.attempt}`,
    // An injector's advantage is null when the episode is settled and stands by the time that is said again.
    said: advantage === null ? rest : reward,
    find: () =>
      transaction
        .selectFrom('rewards')
        .selectAll()
        .where('episodeId', '=', reward.episodeId)
        .where('role', '=', reward.role)
        .where('attempt', '=', reward.attempt)
        .executeTakeFirst(),
  });
}

function findEpisode(transaction: LedgerTransaction, episodeId: string) {
  return transaction.selectFrom('episodes').selectAll().where('episodeId', '=', episodeId).executeTakeFirst();
}
