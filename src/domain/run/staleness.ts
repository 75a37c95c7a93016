/** Trajectories more than 8 policy versions old are discarded (docs/specification.md#training; paper, Sec. 3). */
const MAX_STALENESS = 8;

/**
 * How many policy versions ago a trajectory was sampled. Its oldest turn counts: one stale turn makes the whole sequence
 * off-policy.
 */
export function staleness(turnVersions: readonly number[], currentVersion: number): number {
  return turnVersions.reduce((oldest, version) => Math.max(oldest, currentVersion - version), 0);
}

/** Whether a trajectory is too old to train on (docs/specification.md#training). */
export function isStale(
  turnVersions: readonly number[],
  currentVersion: number,
  maxStaleness: number = MAX_STALENESS,
): boolean {
  return staleness(turnVersions, currentVersion) > maxStaleness;
}
