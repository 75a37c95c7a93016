import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { z } from 'zod';

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
// A server's page may be long, and the message ends up in Temporal's history.
const LONGEST_QUOTE = 300;

export function createReplica(
  baseUrl: string,
  { answerTimeoutMs = ANSWER_TIMEOUT_MS, loadTimeoutMs = LOAD_TIMEOUT_MS, apiKey }: ReplicaOptions,
): Replica {
  // Policies are configured with the URL of the OpenAI-compatible part.
  const url = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const ask = async (method: 'GET' | 'POST', path: string, { body, signal, timeoutMs }: Asked): Promise<Answer> => {
    const what = `${method} ${url}${path}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const sent = { method, body, apiKey, signal: AbortSignal.any([signal, timeout]) };
      const { status, text } = await exchange(new URL(`${url}${path}`), sent);
      if (status >= 200 && status < 300) return { what, text };
      throw failureOf(`${what} answered ${status}: ${quote(text, apiKey)}`, status);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WeightsNotServedError || error instanceof ServingUnavailableError) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      throw new ServingUnavailableError(
        `${what}: ${timeout.aborted ? `no answer within ${timeoutMs} ms` : quote(problem, apiKey)}`,
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
    `${what} does not say what the weights could be verified by: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}; it says ${quote(text, undefined)}`,
  );
}

interface Asked {
  readonly body?: object;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

interface Sent {
  readonly method: string;
  readonly body: object | undefined;
  readonly apiKey: string | undefined;
  readonly signal: AbortSignal;
}

/** Not `fetch`: Node's gives up after 300 s without response headers, which loading weights may exceed. */
function exchange(url: URL, { method, body, apiKey, signal }: Sent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.trim()}` }),
    };
    const request = send(url, { method, headers, agent: false, signal });
    request.on('error', reject);
    request.on('response', (response) => {
      textOf(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, text });
      }, reject);
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Buffer)) continue;
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error(`the answer is larger than ${LARGEST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failureOf(message: string, status: number): Error {
  const again = status === 408 || status === 425 || status === 429 || status >= 500;
  return again ? new ServingUnavailableError(message) : new WeightsNotServedError(message);
}

/** Some servers repeat the key that they refuse. Cut only afterwards, so that no part of it remains. */
function quote(text: string, secret: string | undefined): string {
  const safe = secret === undefined || secret.trim() === '' ? text : text.replaceAll(secret.trim(), '[api key]');
  const line = safe.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)} …` : line;
}

/** Undefined for text that is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
