/**
 * How a reward is compared with its group's (docs/training.md#advantages). `mean`: reward - mean, the paper's.
 * `grpo`: the same divided by the group's standard deviation. `rloo`: reward - mean of the others.
 */
export type AdvantageEstimator = 'mean' | 'grpo' | 'rloo';

/**
 * Advantages of a group: each reward minus the group's mean, not divided by the deviation
 * (docs/specification.md#training), unless another estimator is asked for.
 *
 * Equal rewards give exact zeros; their mean in floating point may be off by one last digit.
 */
export function groupAdvantages(rewards: readonly number[], estimator: AdvantageEstimator = 'mean'): readonly number[] {
  const [first] = rewards;
  if (rewards.every((reward) => reward === first)) return rewards.map(() => 0);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const scale = scaleOf(rewards, mean, estimator);
  return rewards.map((reward) => (reward - mean) * scale);
}

function scaleOf(rewards: readonly number[], mean: number, estimator: AdvantageEstimator): number {
  const size = rewards.length;
  switch (estimator) {
    case 'mean':
      return 1;
    case 'rloo':
      // reward - (sum - reward) / (size - 1) is (reward - mean) · size / (size - 1).
      return size / (size - 1);
    case 'grpo':
      return 1 / Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / size);
  }
}

/**
 * Whether a group teaches anything; groups with zero advantage are skipped before counting
 * (docs/specification.md#training).
 */
export function carriesSignal(advantages: readonly number[]): boolean {
  return advantages.some((advantage) => advantage !== 0);
}
