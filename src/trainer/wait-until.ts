import { setTimeout as delay } from 'node:timers/promises';

import type { TrainerCall } from './trainer.ts';

export interface Wait extends TrainerCall {
  /** What is waited for, and from whom. */
  readonly what: string;
  readonly everyMs: number;
}

/** Looks again and again until there is something, and says each time for how long; ends with the caller's signal only. */
export async function waitUntil<Value>(
  look: () => Promise<Value | undefined>,
  { what, everyMs, signal, say }: Wait,
): Promise<Value> {
  const beganAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    say(`waiting for ${what}, ${Math.round((Date.now() - beganAt) / 1000)} s`);
    // Its own error for an abort does not carry the reason.
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
