import { setMaxListeners } from 'node:events';

import pLimit from 'p-limit';

/** `decided`: the steps that are still to come cannot change what is known now. */
export type StepEnd = 'open' | 'decided';

export interface Steps {
  readonly signal: AbortSignal;
  /** So many at once; a step that repeats its work keeps those behind it waiting, for it may decide. */
  readonly width: number;
  readonly steps: readonly ((signal: AbortSignal) => Promise<StepEnd>)[];
  /** Asked before each step but the first: whether the rest is left for another time. */
  readonly isLate?: () => boolean;
}

/**
 * Takes steps until all are done or one of them decides. What still runs then is given up, so that nothing is paid for
 * what nobody needs to know, and how it ends is of no interest. An error is thrown once nothing runs any more.
 */
export async function untilDecided({ signal, width, steps, isLate }: Steps): Promise<'done' | 'unfinished'> {
  const decided = new AbortController();
  const either = AbortSignal.any([signal, decided.signal]);
  // Every command of a step listens for it, and steps run many at once: that is no leak.
  setMaxListeners(0, either);
  const inTurn = pLimit(width);
  let begun = 0;
  let left = 0;
  const take = async (step: Steps['steps'][number]) => {
    if (either.aborted) return;
    if (begun > 0 && isLate?.() === true) {
      left += 1;
      return;
    }
    begun += 1;
    try {
      if ((await step(either)) === 'decided') decided.abort();
    } catch (error) {
      if (!decided.signal.aborted || signal.aborted) throw error;
    }
  };
  const endings = await Promise.allSettled(steps.map((step) => inTurn(() => take(step))));
  signal.throwIfAborted();
  for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  return left > 0 && !decided.signal.aborted ? 'unfinished' : 'done';
}
