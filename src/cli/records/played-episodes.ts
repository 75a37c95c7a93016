import type { EpisodeRow, RewardRow } from '../../domain/record/ledger-rows.ts';
import type { EpisodeFilter, Ledger } from '../../store/store.ts';

export interface PlayedEpisode {
  readonly episode: EpisodeRow;
  /** By role and attempt; none while the episode is in flight. */
  readonly rewards: readonly RewardRow[];
}

/** Episodes with what they paid, in two questions and not one for each. */
export async function readPlayed(ledger: Ledger, filter: EpisodeFilter): Promise<readonly PlayedEpisode[]> {
  const episodes = await ledger.listEpisodes(filter);
  const rewards = new Map(episodes.map(({ episodeId }): [string, RewardRow[]] => [episodeId, []]));
  for (const reward of await ledger.listRewardsOf(filter)) rewards.get(reward.episodeId)?.push(reward);
  return episodes.map((episode) => ({
    episode,
    // Settled between the two questions.
    rewards: episode.outcome === null ? [] : (rewards.get(episode.episodeId) ?? []),
  }));
}
