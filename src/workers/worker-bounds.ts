/** How much one process takes on at once: what it has no slot for is not asked for, so that another takes it. */

/**
 * Slots on the host's own queue, for each sandbox that it can hold: one for the slice, one for the end of a sandbox
 * that gave up its place. So a task there never waits for load, and one that does tells a silent host
 * (docs/specification.md#durability).
 */
const SLOTS_PER_PLACE = 2;

/**
 * Checks at once, for each processor: tests run one to a processor (`testRuns`), and while one check boots, copies and
 * reads, another's tests run. More of them would wait here while another host has nothing to do.
 */
const CHECKS_PER_PROCESSOR = 2;

/** Boots at once: more of them end no sooner (measured: four to six a second on two cores, however many at once). */
const FEWEST_BOOTS = 2;

export interface HostBounds {
  readonly boots: number;
  readonly checks: number;
  readonly onHost: number;
}

/** What a host with so many places for sandboxes and so many processors does at once. */
export function hostBounds({
  capacity,
  processors,
}: {
  readonly capacity: number;
  readonly processors: number;
}): HostBounds {
  return {
    boots: Math.max(FEWEST_BOOTS, processors),
    // Sandboxes of checks cost memory as any do, so there are never more than the host's places.
    checks: Math.min(capacity, CHECKS_PER_PROCESSOR * processors),
    onHost: SLOTS_PER_PLACE * capacity,
  };
}
