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

/**
 * How long a workflow may take over one step. The SDK's own 5 s are for workflows that never yield, and interrupt them by
 * elapsed time: on a machine under load that is any workflow, and Node.js ends the whole process where it interrupts
 * promises (nodejs/node#38503, seen with twenty programs on two cores). Ours take milliseconds and have no loop without an
 * end, so this is for a machine that stands still. The SDK takes the option without declaring it.
 */
export const UNHURRIED_WORKFLOWS = { isolateExecutionTimeout: '10 minutes' } as const;

/** What an orchestrator holds and does at once. */
export const ORCHESTRATOR_BOUNDS = {
  /**
   * Workflows held in memory: five hundred rollouts in flight, their episodes and runs, and as many again. Each takes
   * 0.16 MiB (measured with 100 to 2000 of them), all of them a tenth of a worker's 2 GiB, and with more of them in
   * flight memory stays as it is: one that is not held is replayed from its history. Without a bound the SDK takes one
   * from the heap's limit, which knows nothing of what lies outside of it.
   */
  maxCachedWorkflows: 1_000,
  /** One thread runs all workflows; tasks beyond it wait for the ledger, a few milliseconds each. */
  maxConcurrentWorkflowTaskExecutions: 40,
  /** Steps of bookkeeping within those tasks, two or three at once in each. */
  maxConcurrentLocalActivityExecutions: 100,
  /** Settlements, a transaction of a few milliseconds each: a store takes some hundreds of them a second. */
  maxConcurrentActivityTaskExecutions: 20,
} as const;
