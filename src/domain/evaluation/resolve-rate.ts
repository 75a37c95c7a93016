/** How many tasks a policy has solved, of those about which something is known. */
export interface ResolveRate {
  readonly rate: number;
  /** Within which the true rate lies in 19 of 20 cases. */
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution: 95 % lie within. */
const Z = 1.959964;

/**
 * The share of solved tasks with its interval (Wilson 1927, "Probable inference, the law of succession, and statistical
 * inference"), which stays within [0, 1] for few tasks too. Undefined where nothing is known.
 */
export function resolveRate({
  solved,
  unsolved,
}: {
  readonly solved: number;
  readonly unsolved: number;
}): ResolveRate | undefined {
  const tasks = solved + unsolved;
  if (tasks === 0) return undefined;
  const rate = solved / tasks;
  const shrink = 1 + Z ** 2 / tasks;
  const centre = (rate + Z ** 2 / (2 * tasks)) / shrink;
  const half = (Z * Math.sqrt((rate * (1 - rate)) / tasks + Z ** 2 / (4 * tasks ** 2))) / shrink;
  return { rate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
