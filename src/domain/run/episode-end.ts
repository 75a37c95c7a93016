import type { EpisodeOutcome } from '../record/ledger-rows.ts';

/** A stored second-order bug, and the injector's rollout behind its parent. */
export interface RecycledBug {
  readonly artifactId: string;
  readonly injectorRolloutId: string | null;
}

/** What a run is told of an episode that is over. */
export interface EpisodeEnd {
  readonly episodeId: string;
  readonly outcome: EpisodeOutcome;
  readonly consistent: boolean;
  /** Stored second-order bugs for the run to play as episodes of their own. */
  readonly recycled: readonly RecycledBug[];
  /** What is wrong with the run's set-up, where that ended the episode: every other one would meet it. */
  readonly misconfiguration: string | null;
}

/** Of an end that leaves nothing. */
export const NOTHING_LEFT = { consistent: false, recycled: [], misconfiguration: null } as const;

/** A signal may come from anybody: undefined for one that says nothing of an end. */
export function readEpisodeEnd(told: unknown): EpisodeEnd | undefined {
  return isEpisodeEnd(told) ? told : undefined;
}

function isEpisodeEnd(told: unknown): told is EpisodeEnd {
  if (typeof told !== 'object' || told === null) return false;
  if (!('episodeId' in told && 'outcome' in told && 'recycled' in told && 'misconfiguration' in told)) return false;
  const { episodeId, outcome, recycled, misconfiguration } = told;
  return (
    typeof episodeId === 'string' &&
    OUTCOMES.includes(outcome) &&
    Array.isArray(recycled) &&
    (misconfiguration === null || typeof misconfiguration === 'string')
  );
}

const OUTCOMES: readonly unknown[] = ['rewarded', 'lost', 'cancelled'] satisfies EpisodeEnd['outcome'][];
