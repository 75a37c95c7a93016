import type { Settlement } from '../activities/run/episode-activities.ts';
import type { EpisodeInput } from '../activities/run/episode-input.ts';
import { groupAdvantages } from '../domain/reward/advantages.ts';
import type { ConsistencyVerdict } from '../domain/record/check-record.ts';
import type { EpisodeOutcome } from '../domain/record/ledger-rows.ts';
import { solverReward } from '../domain/reward/rewards.ts';
import type { RecycledBug } from '../domain/run/episode-end.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import type { Attempt } from './solve-attempt.ts';

export interface EpisodeResult {
  readonly episodeId: string;
  readonly outcome: EpisodeOutcome;
  readonly verdict: ConsistencyVerdict | null;
  readonly solveRate: number | null;
  readonly rewards: readonly {
    readonly role: 'injector' | 'solver';
    readonly attempt: number;
    readonly reward: number;
  }[];
  /** Stored second-order bugs for the run to play as episodes of their own. */
  readonly recycled: readonly RecycledBug[];
}

export type Outcome = Omit<Settlement, 'episodeId'>;

/** An end that pays nobody and leaves nothing. */
export const NOTHING = {
  verdict: null,
  check: null,
  artifactId: null,
  solveRate: null,
  problem: null,
  rewards: [],
} as const;

/** The episode's end: its rewards are stored, once. */
export async function settle(
  input: EpisodeInput,
  steps: EpisodeSteps,
  { recycled = [], ...outcome }: Outcome & Pick<Partial<EpisodeResult>, 'recycled'>,
): Promise<EpisodeResult> {
  const { episodeId } = input;
  await steps.emitRewards({ episodeId, ...outcome });
  const { verdict, solveRate } = outcome;
  const rewards = outcome.rewards.map(({ role, attempt, reward }) => ({ role, attempt, reward }));
  return { episodeId, outcome: outcome.outcome, verdict, solveRate, rewards, recycled };
}

export function injectorRow(
  { episodeId }: EpisodeInput,
  rolloutId: string,
  reward: number,
): Outcome['rewards'][number] {
  // Its advantage is settled with the injection group, when all siblings are final.
  return { episodeId, role: 'injector', attempt: 0, rolloutId, reward, advantage: null };
}

export function solverRows({ episodeId, config }: EpisodeInput, attempts: readonly Attempt[]): Outcome['rewards'] {
  const final = attempts.filter(({ outcome }) => outcome !== 'lost');
  const rewards = final.map(({ outcome }) => solverReward(outcome === 'solved'));
  const advantages = groupAdvantages(rewards, config.training?.advantage);
  return final.map(({ attempt, rolloutId }, index) => ({
    episodeId,
    role: 'solver',
    attempt,
    rolloutId,
    reward: rewards[index] ?? 0,
    advantage: advantages[index] ?? 0,
  }));
}
