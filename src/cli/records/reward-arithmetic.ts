import type { EpisodeRow, RewardRow } from '../../domain/record/ledger-rows.ts';
import { formatNumber, formatReward } from '../text/format-values.ts';
import type { RunConfig } from './kept-run-config.ts';

/** One reward with the numbers that it comes from. */
export interface RewardLine {
  readonly role: RewardRow['role'];
  readonly attempt: number;
  readonly reward: number;
  readonly advantage: number | null;
  /** The reward's own arithmetic, "1 - (1 + 0.8) × 0.375". */
  readonly from: string;
}

/** How an episode's rewards come about (docs/specification.md#rewards). */
export function rewardLines(
  { verdict, solveRate }: Pick<EpisodeRow, 'verdict' | 'solveRate'>,
  rewards: readonly RewardRow[],
  config: RunConfig | undefined,
): readonly RewardLine[] {
  return [...rewards]
    .sort((one, other) => one.role.localeCompare(other.role) || one.attempt - other.attempt)
    .map(({ role, attempt, reward, advantage }) => ({
      ...{ role, attempt, reward, advantage },
      from: role === 'solver' ? solverReason(reward) : injectorReason(verdict, solveRate, config),
    }));
}

export function renderRewardLine({ role, attempt, reward, advantage, from }: RewardLine): string {
  const who = role === 'solver' ? `solver ${attempt}` : 'injector';
  const compared = advantage === null ? '' : `, advantage ${formatReward(advantage)} over the group's mean`;
  return `${who}: ${formatReward(reward)} (${from})${compared}`;
}

function solverReason(reward: number): string {
  return reward > 0 ? 'solved' : 'not solved';
}

function injectorReason(
  verdict: EpisodeRow['verdict'],
  solveRate: number | null,
  config: RunConfig | undefined,
): string {
  if (verdict !== 'consistent') return 'no consistent bug';
  if (config?.rewards.variant === 'consistency-only') return 'a consistent bug, by the consistency-only reward';
  if (solveRate === null) return 'the reward of a bug whose attempts did not settle';
  const alpha = config === undefined ? 'alpha' : formatNumber(config.rewards.alpha);
  const s = formatNumber(solveRate);
  if (solveRate === 0 || solveRate === 1) return `-${alpha}, for s = ${s} teaches nothing`;
  return `1 - (1 + ${alpha}) × ${s}, for s = ${s}`;
}
