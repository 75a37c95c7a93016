import pRetry from 'p-retry';

import { TrainerRefusedError, TrainerUnavailableError } from '../../domain/failure/errors.ts';
import { failureOf } from './tinker-failure.ts';
import { exchange, type TinkerAnswer, type TinkerMessage } from './tinker-transport.ts';

export interface TinkerAddress {
  /** Without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** In which the key is sent; `Authorization` takes it as `Bearer`. */
  readonly apiKeyHeader?: string | undefined;
  /** Sent with every request, for gateways that route by them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How often a request that may be repeated is sent again when there is no answer, or a 5xx. */
  readonly retries?: number | undefined;
  readonly firstBackoffMs?: number | undefined;
}

export interface TinkerRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  /** An object is sent as JSON, bytes as protobuf. */
  readonly body?: object | Uint8Array;
  /** Whether the server does the same when it gets it twice. */
  readonly repeatable: boolean;
  /** In lower case, beside those that go with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is asked for, for messages. */
  readonly what?: string | undefined;
  /** Statuses from 300 on that are no errors here. */
  readonly tolerates?: (status: number) => boolean;
}

/** One server: how requests get there, and the errors of those that do not. */
export interface TinkerConnection {
  /** An answer with a status below 300 or one that is tolerated, else the error for the one that came. */
  ask(request: TinkerRequest, signal: AbortSignal): Promise<TinkerAnswer>;
  /** The answer whatever its status; undefined when there is none within `withinMs`. */
  askWithin(request: TinkerRequest, withinMs: number, signal: AbortSignal): Promise<TinkerAnswer | undefined>;
  failureOf(request: TinkerRequest, answer: TinkerAnswer): Error;
  /** For messages: `POST https://host/api/v1/path`. */
  nameOf(request: TinkerRequest): string;
}

// 2 million tokens are about 100 MB as JSON: 4 minutes are 0.4 MB a second. Below the 300 s of `fetch`.
const ANSWERED_WITHIN_MS = 240_000;

const RETRIES = 3;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 10_000;

export function createTinkerConnection(address: TinkerAddress): TinkerConnection {
  const root = new URL(`${address.baseUrl.replace(/\/+$/, '')}/api/v1`).href;
  // A key read from a file often ends with a newline, which no header may contain.
  const apiKey = address.apiKey?.trim() === '' ? undefined : address.apiKey?.trim();
  const headers = { ...address.headers, ...keyHeader(address.apiKeyHeader, apiKey) };
  const nameOf = ({ method = 'POST', path, what }: TinkerRequest) =>
    `${what === undefined ? '' : `${what}: `}${method} ${root}${path}`;
  const askWithin: TinkerConnection['askWithin'] = async (request, withinMs, signal) => {
    const timeout = AbortSignal.timeout(withinMs);
    try {
      return await exchange(toMessage(root, headers, request), AbortSignal.any([signal, timeout]));
    } catch (error) {
      // An abort looks like a network failure from inside, and its reason need not be an Error.
      signal.throwIfAborted();
      if (timeout.aborted) return undefined;
      throw unreachable(nameOf(request), error);
    }
  };
  const askOnce = async (request: TinkerRequest, signal: AbortSignal) => {
    const answer = await askWithin(request, ANSWERED_WITHIN_MS, signal);
    if (answer === undefined)
      throw new TrainerUnavailableError(`${nameOf(request)}: no answer within ${ANSWERED_WITHIN_MS} ms`);
    const tolerated = request.tolerates?.(answer.status) ?? false;
    if (answer.status >= 300 && !tolerated) throw failureOf(nameOf(request), answer, apiKey);
    return answer;
  };
  return {
    nameOf,
    askWithin,
    failureOf: (request, answer) => failureOf(nameOf(request), answer, apiKey),
    ask: (request, signal) =>
      request.repeatable ? patiently(() => askOnce(request, signal), address, signal) : askOnce(request, signal),
  };
}

async function patiently<Result>(ask: () => Promise<Result>, address: TinkerAddress, signal: AbortSignal) {
  try {
    return await pRetry(ask, {
      retries: address.retries ?? RETRIES,
      minTimeout: address.firstBackoffMs ?? FIRST_BACKOFF_MS,
      maxTimeout: LONGEST_BACKOFF_MS,
      factor: 2,
      signal,
      shouldRetry: ({ error }) => error instanceof TrainerUnavailableError,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function toMessage(
  root: string,
  always: Readonly<Record<string, string>>,
  { method = 'POST', path, body, headers: own }: TinkerRequest,
): TinkerMessage {
  const url = `${root}${path}`;
  const headers = { ...always, ...own };
  if (body === undefined) return { method, url, headers };
  return body instanceof Uint8Array
    ? { method, url, headers: { ...headers, 'content-type': 'application/x-protobuf' }, body }
    : { method, url, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function keyHeader(header: string | undefined, apiKey: string | undefined): Readonly<Record<string, string>> {
  if (apiKey === undefined) return {};
  const name = (header ?? 'x-api-key').toLowerCase();
  return { [name]: name === 'authorization' ? `Bearer ${apiKey}` : apiKey };
}

function unreachable(what: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  // `fetch` says "fetch failed" and the reason in its cause; without one it is the request that cannot be sent.
  if (error instanceof TypeError && cause === undefined) return new TrainerRefusedError(`${what}: ${message}`);
  return new TrainerUnavailableError(`${what}: ${message}${reasonOf(cause)}`, { cause: error });
}

/** Of several addresses that were tried the error has no message of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? `: ${cause.message}` : '';
}
