import type { z } from 'zod';

import { exchangeJson } from '../../http/exchange.ts';
import { parsedJson } from '../../http/parsed-json.ts';
import { quoted } from '../../http/quoted.ts';
import { ServingUnavailableError, WeightsNotServedError } from '../../domain/failure/errors.ts';

export interface ReplicaOptions {
  /** For all requests but a load. */
  readonly answerTimeoutMs?: number | undefined;
  /** For loading weights: those of a large model take minutes. */
  readonly loadTimeoutMs?: number | undefined;
  readonly apiKey?: string | undefined;
}

/** One inference server, asked over HTTP. */
export interface Replica {
  readonly url: string;
  get(path: string, signal: AbortSignal): Promise<Answer>;
  post(path: string, body: object, signal: AbortSignal): Promise<Answer>;
  /** The same, with the patience that loading weights needs. */
  load(path: string, body: object, signal: AbortSignal): Promise<Answer>;
}

/** An answer with a status from 200 to 299. */
export interface Answer {
  readonly what: string;
  readonly text: string;
}

// A server that is busy sampling still answers these at once; one that has just begun to pause takes a while.
const ANSWER_TIMEOUT_MS = 60_000;
// 60 GB from a shared file system at 200 MB/s take five.
const LOAD_TIMEOUT_MS = 15 * 60_000;

// Log-probabilities of a short prompt; beyond this it is no answer.
const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024;
export function createReplica(
  baseUrl: string,
  { answerTimeoutMs = ANSWER_TIMEOUT_MS, loadTimeoutMs = LOAD_TIMEOUT_MS, apiKey }: ReplicaOptions,
): Replica {
  // Policies are configured with the URL of the OpenAI-compatible part.
  const url = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.trim()}` };
  const ask = async (method: 'GET' | 'POST', path: string, { body, signal, timeoutMs }: Asked): Promise<Answer> => {
    const what = `${method} ${url}${path}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const { status, body: text } = await exchangeJson({
        ...{ method, url: new URL(`${url}${path}`), headers, mostBytes: LARGEST_ANSWER_BYTES },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.any([signal, timeout]),
      });
      if (status >= 200 && status < 300) return { what, text };
      throw failureOf(`${what} answered ${status}: ${quoted(text, apiKey)}`, status);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WeightsNotServedError || error instanceof ServingUnavailableError) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      throw new ServingUnavailableError(
        `${what}: ${timeout.aborted ? `no answer within ${timeoutMs} ms` : quoted(problem, apiKey)}`,
        { cause: error },
      );
    }
  };
  return {
    url,
    get: (path, signal) => ask('GET', path, { signal, timeoutMs: answerTimeoutMs }),
    post: (path, body, signal) => ask('POST', path, { body, signal, timeoutMs: answerTimeoutMs }),
    load: (path, body, signal) => ask('POST', path, { body, signal, timeoutMs: loadTimeoutMs }),
  };
}

/** What a replica says of its weights; where it cannot be read, they cannot be verified. */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, { what, text }: Answer): z.infer<Schema> {
  const reading = schema.safeParse(parsedJson(text));
  if (reading.success) return reading.data;
  const [issue] = reading.error.issues;
  throw new WeightsNotServedError(
    `${what} does not say what the weights could be verified by: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}; it says ${quoted(text, undefined)}`,
  );
}

interface Asked {
  readonly body?: object;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

function failureOf(message: string, status: number): Error {
  const again = status === 408 || status === 425 || status === 429 || status >= 500;
  return again ? new ServingUnavailableError(message) : new WeightsNotServedError(message);
}
