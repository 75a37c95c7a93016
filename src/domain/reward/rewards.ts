/** How an injector is rewarded (docs/specification.md#rewards). */
export interface RewardConfig {
  /** α in the paper: what a bug costs that nobody or everybody solves, and how steeply difficulty pays. */
  readonly alpha: number;
  /** `consistency-only` is the ablation that pays every consistent artifact alike (paper, Sec. 3). */
  readonly variant: 'solve-rate' | 'consistency-only';
}

/**
 * What an injection came to, for its reward. An injector that submitted nothing usable counts as inconsistent; a group
 * that is not rewardable has no outcome here, and so no reward.
 */
export type InjectionOutcome =
  { readonly consistent: false } | { readonly consistent: true; readonly solveRate: number };

/**
 * Reward of the injector (paper, Eq. 1).
 *
 * A bug that nobody or everybody solves teaches nothing, so both ends of the solve rate pay -α. That is still better
 * than an inconsistent artifact, which pays -1.
 */
export function injectorReward(outcome: InjectionOutcome, { alpha, variant }: RewardConfig): number {
  if (!outcome.consistent) return -1;
  if (variant === 'consistency-only') return 1;
  const { solveRate } = outcome;
  if (!(solveRate >= 0 && solveRate <= 1))
    throw new RangeError(`a solve rate lies between 0 and 1, not at ${solveRate}`);
  if (solveRate === 0 || solveRate === 1) return -alpha;
  return 1 - (1 + alpha) * solveRate;
}

/** Reward of the solver: the bug is solved entirely or not at all (paper, Eq. 2). */
export function solverReward(solved: boolean): 1 | -1 {
  return solved ? 1 : -1;
}

/**
 * Expected reward R(p) of a consistent artifact when each of G independent attempts solves it with probability p
 * (docs/specification.md#rewards; paper, appendix on theory): R(p) = 1 - (1 + α)(p + (1 - p)^G).
 *
 * With s = K/G and K binomial, 1 - (1 + α)s is right at s = 1 as well, for there it is -α; only at s = 0 it pays 1
 * instead of -α. So R(p) = 1 - (1 + α)E[s] - (1 + α)P(K = 0), with E[s] = p and P(K = 0) = (1 - p)^G: the form is exact.
 */
export function expectedInjectorReward(p: number, groupSize: number, alpha: number): number {
  return 1 - (1 + alpha) * (p + (1 - p) ** groupSize);
}

/**
 * The solve probability p* that pays an injector best (docs/specification.md#rewards): R'(p) = 0 where G(1 - p)^(G - 1)
 * = 1, so p* = 1 - G^(-1/(G - 1)), whatever α is; R is strictly concave for G > 1, so this is its only maximum. 0.257
 * for G = 8.
 */
export function bestSolveProbability(groupSize: number): number {
  // One attempt is always solved or not: s is 0 or 1, and every p pays -α.
  if (groupSize < 2) throw new RangeError(`a group of ${groupSize} has no best solve probability`);
  return 1 - groupSize ** (-1 / (groupSize - 1));
}
