import { setTimeout as delay } from 'node:timers/promises';

import pRetry, { type RetryContext } from 'p-retry';

import { PolicyUnavailableError } from '../../domain/failure/errors.ts';
import { createAdaptiveLimit } from './adaptive-limit.ts';

export interface AttemptsOptions {
  /** For one attempt. No other begins once this long has passed, so a call ends within about twice as much. */
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxConcurrency: number;
  /** The first wait between two attempts; each further one is twice as long. */
  readonly firstBackoffMs?: number | undefined;
}

/** What is asked of a server, in one exchange or in several: the answer may come later than its receipt. */
export interface Asking<Reply> {
  /** For messages. */
  readonly name: string;
  /**
   * One attempt; `what` names it. Throws where the server cannot be reached: that says nothing of what it takes at once.
   */
  readonly once: (what: string, signal: AbortSignal) => Promise<Attempted<Reply>>;
}

export type Attempted<Reply> =
  | { readonly reply: Reply }
  /** `isFull`: the server takes no more at the moment. */
  | { readonly failure: Error; readonly isFull: boolean };

/** How a server that samples is asked: one limit and one patience for all that is asked of it. */
export interface Attempts {
  /** One reply after bounded retries, or the error of the last attempt. */
  until<Reply>(asking: Asking<Reply>, signal: AbortSignal): Promise<Reply>;
}

// A proxy that changes its upstream is back in well under a second; five retries from here wait 16 to 31 s in all.
const FIRST_BACKOFF_MS = 500;

// Longer waits belong to the workflow, where they hold no worker slot (docs/specification.md#durability). It is told
// how long the server asks.
const LONGEST_WAIT_MS = 30_000;

export function createAttempts(options: AttemptsOptions): Attempts {
  const { retries, timeoutMs, firstBackoffMs = FIRST_BACKOFF_MS } = options;
  const attempt = attemptWithin(options);
  return {
    async until(asking, signal) {
      try {
        return await pRetry((number) => attempt(asking, number, signal), {
          retries,
          signal,
          minTimeout: firstBackoffMs,
          factor: 2,
          maxTimeout: LONGEST_WAIT_MS,
          // Rollouts that were refused together must not come back together.
          randomize: true,
          maxRetryTime: timeoutMs,
          shouldRetry: ({ error }) => waitsWithin(error),
          onFailedAttempt: (context) => serverWait(context, signal),
        });
      } catch (error) {
        // An abort looks like a network failure from inside, and its reason need not be an Error.
        signal.throwIfAborted();
        throw error;
      }
    },
  };
}

/** One attempt, within what the server takes at once. */
function attemptWithin({ timeoutMs, retries, maxConcurrency }: AttemptsOptions) {
  const limit = createAdaptiveLimit<Attempted<unknown>>(maxConcurrency, {
    throttled: (outcome) => 'failure' in outcome && outcome.isFull,
    // Who is told to wait for longer tells its workflow; others look at the server again.
    pauseMs: (outcome) => ('failure' in outcome ? Math.min(waitMsOf(outcome.failure) ?? 0, LONGEST_WAIT_MS) : 0),
  });
  return async <Reply>({ name, once }: Asking<Reply>, number: number, signal: AbortSignal): Promise<Reply> => {
    const what = `attempt ${number} of ${retries + 1}: ${name}`;
    const outcome = await limit.run<Attempted<Reply>>(async () => {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        return await once(what, AbortSignal.any([signal, timeout]));
      } catch (error) {
        if (timeout.aborted) throw new PolicyUnavailableError(`${what}: no answer within ${timeoutMs} ms`);
        throw error;
      }
    }, signal);
    if ('reply' in outcome) return outcome.reply;
    throw outcome.failure;
  };
}

function waitMsOf(error: Error): number | undefined {
  return error instanceof PolicyUnavailableError ? error.retryAfterMs : undefined;
}

function waitsWithin(error: Error): boolean {
  return error instanceof PolicyUnavailableError && (error.retryAfterMs ?? 0) <= LONGEST_WAIT_MS;
}

/** The wait that the server asks for; p-retry's backoff comes on top, so that not everybody returns at that moment. */
async function serverWait({ error, retriesLeft }: RetryContext, signal: AbortSignal): Promise<void> {
  const waitMs = waitMsOf(error);
  if (waitMs !== undefined && retriesLeft > 0 && waitsWithin(error)) await delay(waitMs, undefined, { signal });
}
