import type { EpisodeRow, RewardRow } from '../../domain/record/ledger-rows.ts';
import type { AttemptOutcome } from '../../domain/reward/solve-rate.ts';
import type { EpisodeFilter, EpisodeStanding, Ledger } from '../store.ts';
import type { LedgerDatabase, LedgerTransaction } from './ledger-database.ts';
import { missingRow, requireSame, writeOnce } from './write-once.ts';

type EpisodeLedger = Pick<
  Ledger,
  | 'openEpisode'
  | 'recordPhase'
  | 'settleEpisode'
  | 'listEpisodes'
  | 'listRewardsOf'
  | 'listStandings'
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

    listEpisodes: (filter) => selectEpisodes(queries, filter).selectAll().execute(),

    listRewardsOf: (filter) =>
      queries
        .selectFrom('rewards')
        .selectAll()
        .where('episodeId', 'in', selectEpisodes(queries, filter).select('episodeId'))
        .orderBy('role')
        .orderBy('attempt')
        .execute(),

    listStandings: (runId) => listStandings(queries, runId),

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

function selectEpisodes(
  queries: LedgerDatabase['queries'],
  { runId, inFlightSince, parentArtifactId, limit }: EpisodeFilter,
) {
  let episodes = queries.selectFrom('episodes').orderBy('startedAt', 'desc').orderBy('episodeId', 'desc');
  if (runId !== undefined) episodes = episodes.where('runId', '=', runId);
  if (inFlightSince !== undefined)
    episodes = episodes.where((eb) => eb.or([eb('endedAt', 'is', null), eb('endedAt', '>=', inFlightSince)]));
  if (parentArtifactId !== undefined) episodes = episodes.where('parentArtifactId', '=', parentArtifactId);
  return limit === undefined ? episodes : episodes.limit(limit);
}

/** Counted by the database: the attempts and turns of a long run are many, and only how many is asked. */
async function listStandings(queries: LedgerDatabase['queries'], runId: string): Promise<readonly EpisodeStanding[]> {
  const inFlight = queries
    .selectFrom('episodes')
    .where('episodes.runId', '=', runId)
    .where('episodes.endedAt', 'is', null);
  const attempts = await inFlight
    .innerJoin('attempts', 'attempts.episodeId', 'episodes.episodeId')
    .groupBy(['episodes.episodeId', 'attempts.outcome'])
    .select((eb) => ['episodes.episodeId', 'attempts.outcome', eb.fn.countAll().as('count')])
    .execute();
  const turns = await inFlight
    .innerJoin('rollouts', 'rollouts.episodeId', 'episodes.episodeId')
    .innerJoin('turns', 'turns.rolloutId', 'rollouts.rolloutId')
    .where('rollouts.role', '=', 'injector')
    .groupBy('episodes.episodeId')
    .select((eb) => ['episodes.episodeId', eb.fn.countAll().as('count')])
    .execute();
  const episodes = new Set([...attempts, ...turns].map(({ episodeId }) => episodeId));
  return [...episodes].map((episodeId) => {
    const graded = attempts.filter((row) => row.episodeId === episodeId);
    // Drivers differ in what they return for a count: number, bigint or text.
    const count = (outcome: AttemptOutcome) => Number(graded.find((row) => row.outcome === outcome)?.count ?? 0);
    return {
      episodeId,
      attempts: { solved: count('solved'), unsolved: count('unsolved'), lost: count('lost') },
      injectorTurns: Number(turns.find((row) => row.episodeId === episodeId)?.count ?? 0),
    };
  });
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
    problem: null,
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
