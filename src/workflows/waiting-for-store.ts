import { sleep } from '@temporalio/workflow';

import { isStoreAway } from './failures.ts';
import { mark } from './search-attributes.ts';

/** What bookkeeping waits for the store at most (activity-proxies.ts); after that a person has to look. */
const PATIENCE_MS = 24 * 3_600_000;

/**
 * How long to wait before the next try, after `times` of them. The step itself has tried for a while; from here on the
 * wait doubles to five minutes, so that what is down for a night is asked gently and found again soon after it is up.
 */
export function waitMs(times: number): number {
  return Math.min(300_000, 1000 * 2 ** times);
}

/** The same activities, each taken again and again while the store is away: nobody's work is lost for that. */
export function waitingForStore<Activities extends object>(activities: Activities): Activities {
  return new Proxy(activities, {
    get: (target, name): unknown => {
      const activity: unknown = Reflect.get(target, name);
      if (typeof activity !== 'function') return activity;
      return (...input: readonly unknown[]) =>
        untilStoreIsThere(async () => {
          const result: unknown = await Reflect.apply(activity, undefined, input);
          return result;
        });
    },
  });
}

async function untilStoreIsThere<Result>(step: () => Promise<Result>): Promise<Result> {
  for (let times = 1, waitedMs = 0; ; times += 1) {
    try {
      const result = await step();
      if (times > 1) mark.waitingFor(null);
      return result;
    } catch (error) {
      if (!isStoreAway(error) || waitedMs >= PATIENCE_MS) throw error;
    }
    if (times === 1) mark.waitingFor('store');
    await sleep(waitMs(times));
    waitedMs += waitMs(times);
  }
}
