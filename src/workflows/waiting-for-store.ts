import { isStoreAway } from './failures.ts';

/** What bookkeeping waits for the store at most (activity-proxies.ts); after that a person has to look. */
const PATIENCE_MS = 24 * 3_600_000;

/**
 * How long to wait before the next try, after `times` of them. The step itself has tried for a while; from here on the
 * wait doubles to five minutes, so that what is down for a night is asked gently and found again soon after it is up.
 */
export function waitMs(times: number): number {
  return Math.min(300_000, 1000 * 2 ** times);
}

/** What a workflow does while it waits: it sleeps, and can be found by what it waits for. */
export interface Waiting {
  readonly sleep: (ms: number) => Promise<void>;
  readonly mark: (waitingFor: 'store' | null) => void;
}

/**
 * The same activities, each taken again and again while the store is away: nobody's work is lost for that. Those of one
 * workflow: it is marked from when the first of them waits until none does, however each ends.
 */
export function waitingForStore<Activities extends object>(activities: Activities, waiting: Waiting): Activities {
  const waiters = countWaiters(waiting);
  return new Proxy(activities, {
    get: (target, name): unknown => {
      const activity: unknown = Reflect.get(target, name);
      if (typeof activity !== 'function') return activity;
      return (...input: readonly unknown[]) =>
        untilStoreIsThere(async () => {
          const result: unknown = await Reflect.apply(activity, undefined, input);
          return result;
        }, waiters);
    },
  });
}

interface Waiters extends Pick<Waiting, 'sleep'> {
  readonly enter: () => void;
  readonly leave: () => void;
}

function countWaiters({ sleep, mark }: Waiting): Waiters {
  let count = 0;
  return {
    sleep,
    enter: () => {
      count += 1;
      if (count === 1) mark('store');
    },
    leave: () => {
      count -= 1;
      if (count === 0) mark(null);
    },
  };
}

async function untilStoreIsThere<Result>(step: () => Promise<Result>, waiters: Waiters): Promise<Result> {
  let times = 0;
  try {
    for (let waitedMs = 0; ; waitedMs += waitMs(times)) {
      try {
        return await step();
      } catch (error) {
        if (!isStoreAway(error) || waitedMs >= PATIENCE_MS) throw error;
      }
      times += 1;
      if (times === 1) waiters.enter();
      await waiters.sleep(waitMs(times));
    }
  } finally {
    if (times > 0) waiters.leave();
  }
}
