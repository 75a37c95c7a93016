import { setTimeout as delay } from 'node:timers/promises';

import pLimit from 'p-limit';

import { orAborted } from '../../domain/failure/or-aborted.ts';

/** How many tasks may run at once, and running one of them. */
export interface AdaptiveLimit<T> {
  readonly width: number;
  run<Outcome extends T>(task: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome>;
}

export interface Clock {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const CLOCK: Clock = { nowMs: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) };

/**
 * Concurrency towards one endpoint: additive increase, multiplicative decrease.
 *
 * A model server says 429 when it is full, and how much fits changes with the length of the contexts in flight, so no
 * fixed number is right. This is TCP's rule: it settles near what the server takes, and several workers that do not
 * know of each other share it fairly. Where the server says for how long it is full, nothing is asked until then.
 */
export function createAdaptiveLimit<T>(
  most: number,
  {
    throttled,
    pauseMs = () => 0,
    clock = CLOCK,
  }: { throttled: (outcome: T) => boolean; pauseMs?: (outcome: T) => number; clock?: Clock },
): AdaptiveLimit<T> {
  const limit = pLimit(most);
  let width = most;
  let decreases = 0;
  let closedUntilMs = 0;
  const resize = (next: number) => {
    width = Math.min(most, Math.max(1, next));
    limit.concurrency = Math.floor(width);
  };
  const untilOpen = async (signal: AbortSignal) => {
    // While one waits, another may be told a later time.
    const leftMs = () => closedUntilMs - clock.nowMs();
    while (leftMs() > 0) await clock.sleep(leftMs(), signal);
  };
  return {
    get width() {
      return limit.concurrency;
    },
    run(task, signal) {
      const started = limit(async () => {
        // Aborted while it waited: nobody listens any more, and nothing may be asked in its name.
        signal.throwIfAborted();
        await untilOpen(signal);
        const decreasesAtStart = decreases;
        const outcome = await task();
        if (!throttled(outcome)) {
          resize(width + 1 / width);
          return outcome;
        }
        closedUntilMs = Math.max(closedUntilMs, clock.nowMs() + pauseMs(outcome));
        // One burst of refusals is one event: only a task that began at the present width may halve it again.
        if (decreasesAtStart === decreases) {
          decreases += 1;
          resize(width / 2);
        }
        return outcome;
      });
      return orAborted(started, signal);
    },
  };
}
