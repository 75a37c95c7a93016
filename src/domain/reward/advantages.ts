/**
 * Advantages of a group: each reward minus the group's mean, not divided by the deviation
 * (docs/specification.md#training).
 *
 * Equal rewards give exact zeros; their mean in floating point may be off by one last digit.
 */
export function groupAdvantages(rewards: readonly number[]): readonly number[] {
  const [first] = rewards;
  if (rewards.every((reward) => reward === first)) return rewards.map(() => 0);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  return rewards.map((reward) => reward - mean);
}

/**
 * Whether a group teaches anything; groups with zero advantage are skipped before counting
 * (docs/specification.md#training).
 */
export function carriesSignal(advantages: readonly number[]): boolean {
  return advantages.some((advantage) => advantage !== 0);
}
