/** log2(1 + n): sizes as features, so that twice as large counts the same everywhere. */
export function logOf(count: number): number {
  return Math.log2(1 + count);
}

/** A truth as a feature. */
export function flag(truth: boolean): number {
  return truth ? 1 : 0;
}
