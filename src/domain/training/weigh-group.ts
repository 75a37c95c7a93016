import type { Trainability } from '../record/trajectory.ts';
import type { TrainingGroupRow } from '../record/training-rows.ts';
import { carriesSignal } from '../reward/advantages.ts';

/** A rollout that was rewarded, as one of its group. */
export interface WeighedRollout {
  readonly advantage: number;
  readonly training: Trainability;
  /** Tokens that it read and said; of the embedded policy its turns. */
  readonly units: number;
  /** The oldest weights that took part. */
  readonly policyVersion: number;
}

/**
 * What a settled group is worth to a trainer. One whose rewards are all equal teaches nothing and is left out before
 * anything is counted (docs/specification.md#training); so is a rollout that nobody can train on, but its reward has
 * been part of the mean.
 */
export function weighGroup(
  rollouts: readonly WeighedRollout[],
): Pick<TrainingGroupRow, 'standing' | 'rollouts' | 'units' | 'policyVersion'> {
  const teaching = rollouts.filter(({ advantage, training }) => training.trainable && advantage !== 0);
  const counted = teaching.length === 0 ? rollouts : teaching;
  const weight = {
    rollouts: teaching.length,
    units: teaching.reduce((sum, { units }) => sum + units, 0),
    policyVersion: Math.min(...counted.map(({ policyVersion }) => policyVersion)),
  };
  if (teaching.length > 0) return { standing: 'ready', ...weight };
  const signal = carriesSignal(rollouts.map(({ advantage }) => advantage));
  return { standing: signal ? 'untrainable' : 'no-signal', ...weight };
}
