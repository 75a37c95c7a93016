import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { TrainerLostError, TrainerUnavailableError } from '../../domain/failure/errors.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import { quoted } from '../../http/quoted.ts';
import type { TinkerConnection, TinkerRequest } from './tinker-connection.ts';
import { failedOperation } from './tinker-failure.ts';
import type { TinkerAnswer } from './tinker-transport.ts';

export interface Patience {
  /** A server holds a poll for up to 300 s, about when Node gives up on it: given up earlier, and asked again. */
  readonly pollMs?: number | undefined;
  /** After an answer that says "not yet" at once. */
  readonly pauseMs?: number | undefined;
  /** For one result. The same command again goes on waiting for it. */
  readonly longestMs?: number | undefined;
}

const POLL_MS = 45_000;
const PAUSE_MS = 1_000;
const LONGEST_MS = 2 * 3_600_000;
// Five polls that find nobody at a backoff of a second are a server that is down, not a packet that was lost.
const UNANSWERED_POLLS = 5;

const tryAgainSchema = z.object({ type: z.literal('try_again') });
const failedSchema = z.object({ error: z.string(), category: z.string() });

/**
 * The result of a command that the server has taken. `what` names the command for messages.
 *
 * An abandoned poll is harmless and a result can be asked for again, so whatever goes wrong with a poll alone is asked
 * once more. "Not yet" is 408 (SkyRL) or `try_again`; a failed command is 400 (SkyRL) or an `error` with status 200.
 */
export async function awaitFuture(
  { connection, requestId, what, patience = {} }: FutureRequest,
  signal: AbortSignal,
): Promise<TinkerAnswer> {
  const request: TinkerRequest = { path: '/retrieve_future', body: { request_id: requestId }, repeatable: true, what };
  const { pollMs = POLL_MS, pauseMs = PAUSE_MS, longestMs = LONGEST_MS } = patience;
  const until = Date.now() + longestMs;
  let unanswered = 0;
  while (Date.now() < until) {
    const polled = await poll(connection, request, pollMs, signal);
    if (polled.outcome === 'answered') {
      // A failure that is stored: asked again it is the same.
      if (polled.answer.status >= 300) throw connection.failureOf(request, polled.answer);
      return resultOf(what, polled.answer);
    }
    unanswered = polled.outcome === 'failed' ? unanswered + 1 : 0;
    if (polled.outcome === 'failed' && unanswered >= UNANSWERED_POLLS) throw polled.error;
    if (polled.outcome !== 'held') await delay(pauseMs, undefined, { signal });
  }
  throw new TrainerUnavailableError(`${what}: no result after ${longestMs} ms (request ${requestId})`);
}

interface FutureRequest {
  readonly connection: TinkerConnection;
  readonly requestId: string;
  readonly what: string;
  readonly patience?: Patience | undefined;
}

type Polled =
  | { readonly outcome: 'answered'; readonly answer: TinkerAnswer }
  | { readonly outcome: 'held' | 'not-yet' }
  | { readonly outcome: 'failed'; readonly error: Error };

async function poll(
  connection: TinkerConnection,
  request: TinkerRequest,
  pollMs: number,
  signal: AbortSignal,
): Promise<Polled> {
  try {
    const answer = await connection.askWithin(request, pollMs, signal);
    if (answer === undefined) return { outcome: 'held' };
    if (answer.status === 408) return { outcome: 'not-yet' };
    if (answer.status === 429 || answer.status >= 500)
      return { outcome: 'failed', error: connection.failureOf(request, answer) };
    return tryAgainSchema.safeParse(jsonOf(answer)).success ? { outcome: 'not-yet' } : { outcome: 'answered', answer };
  } catch (error) {
    if (error instanceof TrainerUnavailableError) return { outcome: 'failed', error };
    throw error;
  }
}

function resultOf(what: string, answer: TinkerAnswer): TinkerAnswer {
  const failed = failedSchema.safeParse(jsonOf(answer)).data;
  if (failed === undefined) return answer;
  const message = `${what} has failed (${failed.category}): ${quoted(failed.error, undefined)}`;
  // What failed on the server's side fails again under this number, and what it has left behind is not known.
  if (failed.category !== 'user') throw new TrainerLostError(message);
  throw failedOperation(message, failed.error);
}

/** The answer as JSON; undefined for protobuf. */
export function jsonOf({ contentType, body }: TinkerAnswer): unknown {
  if (contentType.startsWith('application/x-protobuf')) return undefined;
  return parsedJson(Buffer.from(body).toString('utf8'));
}
