import type { EpisodeRow, RewardRow } from '../../domain/record/ledger-rows.ts';

/** An episode in JSON output (docs/json-output.md). */
export interface EpisodeDocument {
  readonly id: string;
  readonly run: string;
  readonly subject: string;
  readonly strategy: string;
  readonly order: number;
  readonly phase: string;
  readonly outcome: string | null;
  readonly verdict: string | null;
  readonly check: string | null;
  readonly artifact: string | null;
  readonly solveRate: number | null;
  /** Why it was lost. */
  readonly problem: string | null;
  readonly injectorReward: number | null;
  readonly solverRewards: readonly number[];
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export function toEpisodeDocument(episode: EpisodeRow, rewards: readonly RewardRow[]): EpisodeDocument {
  const { episodeId, runId, subject, strategy, order, phase, outcome, verdict, check, artifactId } = episode;
  return {
    ...{ id: episodeId, run: runId, subject, strategy, order, phase, outcome, verdict, check, artifact: artifactId },
    solveRate: episode.solveRate,
    problem: episode.problem,
    injectorReward: rewards.find(({ role }) => role === 'injector')?.reward ?? null,
    solverRewards: solverRewards(rewards),
    startedAt: episode.startedAt,
    endedAt: episode.endedAt,
  };
}

function solverRewards(rewards: readonly RewardRow[]): readonly number[] {
  return rewards
    .filter(({ role }) => role === 'solver')
    .sort((one, other) => one.attempt - other.attempt)
    .map(({ reward }) => reward);
}
