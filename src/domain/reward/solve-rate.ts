/** How an attempt ended; `lost` is the machine's fault and counts nowhere (docs/specification.md#lost). */
export type AttemptOutcome = 'solved' | 'unsolved' | 'lost';

/**
 * The share s of the final attempts that solved the bug entirely (paper, Eq. 1; docs/specification.md#lost). Lost
 * attempts are no attempts; undefined when there is no other.
 */
export function solveRate(attempts: readonly AttemptOutcome[]): number | undefined {
  const final = attempts.filter((attempt) => attempt !== 'lost');
  if (final.length === 0) return undefined;
  return final.filter((attempt) => attempt === 'solved').length / final.length;
}
