import { solveRate, type AttemptOutcome } from './solve-rate.ts';

/** What a group of attempts on one bug came to; a group that is not rewardable yields no reward for anybody. */
export type GroupOutcome =
  | { readonly rewardable: true; readonly solveRate: number; readonly finalAttempts: number }
  | { readonly rewardable: false; readonly finalAttempts: number; readonly reason: string };

/**
 * Settles a group of attempts. Attempts lost to infrastructure are masked; with fewer than `minValidAttempts` final
 * ones the group yields nothing (docs/specification.md#lost: a lost machine is never a reward).
 */
export function groupOutcome(
  attempts: readonly AttemptOutcome[],
  minValidAttempts: number = defaultMinValidAttempts(attempts.length),
): GroupOutcome {
  const finalAttempts = attempts.filter((attempt) => attempt !== 'lost').length;
  const rate = solveRate(attempts);
  if (rate === undefined || finalAttempts < minValidAttempts) {
    const reason = `${finalAttempts} of ${attempts.length} attempts are final, and at least ${minValidAttempts} must be`;
    return { rewardable: false, finalAttempts, reason };
  }
  return { rewardable: true, solveRate: rate, finalAttempts };
}

/**
 * ceil(G/2): with fewer, the solve rate says more about the machines than about the bug (docs/specification.md#lost).
 */
function defaultMinValidAttempts(groupSize: number): number {
  return Math.ceil(groupSize / 2);
}
