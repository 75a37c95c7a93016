import pLimit from 'p-limit';

import { orAborted } from '../../domain/failure/or-aborted.ts';

/** How many tasks may run at once, and running one of them. */
export interface AdaptiveLimit<T> {
  readonly width: number;
  run(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/**
 * Concurrency towards one endpoint: additive increase, multiplicative decrease.
 *
 * A model server says 429 when it is full, and how much fits changes with the length of the contexts in flight, so no
 * fixed number is right. This is TCP's rule: it settles near what the server takes, and several workers that do not
 * know of each other share it fairly.
 */
export function createAdaptiveLimit<T>(
  most: number,
  { throttled }: { throttled: (outcome: T) => boolean },
): AdaptiveLimit<T> {
  const limit = pLimit(most);
  let width = most;
  let decreases = 0;
  const resize = (next: number) => {
    width = Math.min(most, Math.max(1, next));
    limit.concurrency = Math.floor(width);
  };
  return {
    get width() {
      return limit.concurrency;
    },
    run(task, signal) {
      const started = limit(async () => {
        // Aborted while it waited: nobody listens any more, and nothing may be asked in its name.
        signal.throwIfAborted();
        const decreasesAtStart = decreases;
        const outcome = await task();
        if (!throttled(outcome)) resize(width + 1 / width);
        // One burst of refusals is one event: only a task that began at the present width may halve it again.
        else if (decreasesAtStart === decreases) {
          decreases += 1;
          resize(width / 2);
        }
        return outcome;
      });
      return orAborted(started, signal);
    },
  };
}
