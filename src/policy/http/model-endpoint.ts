import { setTimeout as delay } from 'node:timers/promises';

import pRetry, { type RetryContext } from 'p-retry';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../domain/failure/errors.ts';
import { createAdaptiveLimit } from './adaptive-limit.ts';
import { failureOf, retryAfterMs, serverMessage } from './answer-failure.ts';
import { mapContextOverflow, type ContextOverflow } from './map-context-overflow.ts';
import { exchangeJson, type HttpAnswer } from '../../http/exchange.ts';

export interface ModelEndpointOptions {
  /** As the server names it, for requests and for people. */
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** For one request. No retry begins once this long has passed, so a call ends within about twice as much. */
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxConcurrency: number;
  /** The first wait between two attempts; each further one is twice as long. */
  readonly firstBackoffMs?: number | undefined;
}

/** How one kind of server is asked for a reply. */
export interface Question<Reply> {
  readonly url: URL;
  /** JSON. */
  readonly body: string;
  /** As it is named in the body; by default the endpoint's own. */
  readonly model?: string | undefined;
  /** The reply that an answer with status 200 holds; undefined when it holds none. */
  readonly read: (answer: HttpAnswer) => Reply | undefined;
}

/** A server that samples: one limit for all that is asked of it. */
export interface ModelEndpoint {
  /** One reply after bounded retries, or the server's word that the request is too long for the context. */
  ask<Reply extends object>(question: Question<Reply>, signal: AbortSignal): Promise<Reply | Overflow>;
}

export interface Overflow {
  readonly overflow: ContextOverflow;
}

// Token ids and log-probabilities of 131 072 tokens are about 10 MiB of JSON; beyond this it is not a reply.
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

// A proxy that changes its upstream is back in well under a second; five retries from here wait 16 to 31 s in all.
const FIRST_BACKOFF_MS = 500;

// Longer waits belong to the workflow, where they hold no worker slot (docs/specification.md#durability). It is told
// how long the server asks.
const LONGEST_WAIT_MS = 30_000;

export function createModelEndpoint(options: ModelEndpointOptions): ModelEndpoint {
  const { retries, timeoutMs, firstBackoffMs = FIRST_BACKOFF_MS } = options;
  const post = postWithin(options);
  return {
    async ask(question, signal) {
      try {
        return await pRetry((attempt) => post(question, attempt, signal), {
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

/** One attempt, within what the endpoint takes at once. */
function postWithin({ model, apiKey: key, timeoutMs, retries, maxConcurrency }: ModelEndpointOptions) {
  // A key read from a file often ends with a newline, which no header may contain.
  const apiKey = key?.trim() === '' ? undefined : key?.trim();
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const limit = createAdaptiveLimit<HttpAnswer>(maxConcurrency, {
    throttled: ({ status }) => status === 429,
    // Who is told to wait for longer tells its workflow; others look at the endpoint again.
    pauseMs: ({ headers: answered }) => Math.min(retryAfterMs(answered, Date.now()) ?? 0, LONGEST_WAIT_MS),
  });
  return async <Reply extends object>(
    { url, body, read, model: asked = model }: Question<Reply>,
    attempt: number,
    signal: AbortSignal,
  ): Promise<Reply | Overflow> => {
    const what = `attempt ${attempt} of ${retries + 1}: POST ${url.origin}${url.pathname} (model ${asked})`;
    const answer = await limit.run(async () => {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        return await exchangeJson({
          method: 'POST',
          url,
          headers,
          body,
          mostBytes: LARGEST_ANSWER_BYTES,
          signal: AbortSignal.any([signal, timeout]),
        });
      } catch (error) {
        throw unreachable(what, error, timeout.aborted ? timeoutMs : undefined);
      }
    }, signal);
    const reply = answer.status === 200 ? read(answer) : undefined;
    if (reply !== undefined) return reply;
    const overflow = refusesTheRequest(answer.status) ? mapContextOverflow(serverMessage(answer.body)) : undefined;
    if (overflow !== undefined) return { overflow };
    const failure = failureOf(what, answer, apiKey);
    throw asked !== model && answer.status === 404 ? notServed(failure) : failure;
  };
}

/**
 * A server that was started again has no adapters until one is loaded, and lets go of old ones. Who waits asks for the
 * newest one then.
 */
function notServed({ message }: Error): Error {
  return new PolicyUnavailableError(`${message} (the server does not have this version loaded)`);
}

/** Routers wrap their upstream's refusal in an answer with status 200. */
function refusesTheRequest(status: number): boolean {
  return status === 200 || status === 400 || status === 413 || status === 422;
}

function unreachable(what: string, error: unknown, timedOutAfterMs: number | undefined): Error {
  if (timedOutAfterMs !== undefined)
    return new PolicyUnavailableError(`${what}: no answer within ${timedOutAfterMs} ms`);
  const message = error instanceof Error ? error.message : String(error);
  // A header or address that cannot be sent is refused before anything is sent, and always will be.
  if (error instanceof TypeError) return new PolicyRequestRejectedError(`${what}: ${message}`);
  return new PolicyUnavailableError(`${what}: ${message}`, { cause: error });
}

function waitsWithin(error: Error): boolean {
  return error instanceof PolicyUnavailableError && (error.retryAfterMs ?? 0) <= LONGEST_WAIT_MS;
}

/** The wait that the server asks for; p-retry's backoff comes on top, so that not everybody returns at that moment. */
async function serverWait({ error, retriesLeft }: RetryContext, signal: AbortSignal): Promise<void> {
  if (!(error instanceof PolicyUnavailableError) || error.retryAfterMs === undefined) return;
  if (retriesLeft > 0 && waitsWithin(error)) await delay(error.retryAfterMs, undefined, { signal });
}
