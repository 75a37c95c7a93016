import { Readable } from 'node:stream';

import { wholeBody } from '../../http/whole-body.ts';

export interface TinkerAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | null;
  readonly retryAfter: string | null;
  readonly body: Uint8Array;
}

export interface TinkerMessage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

// Log-probabilities of 2 million tokens are about 80 MB of JSON, with the losses twice that; beyond this it is no answer.
const LARGEST_ANSWER_BYTES = 512 * 1024 * 1024;

/**
 * One request and its whole answer, whatever its status; rejects when there is none, or when `signal` aborts.
 *
 * `fetch` gives up after 300 s without headers (measured on Node 20), which is just how long SkyRL holds a poll: `signal`
 * has to abort earlier. Redirections are answers: whoever follows one would send the key elsewhere.
 */
export async function exchange(message: TinkerMessage, signal: AbortSignal): Promise<TinkerAnswer> {
  const response = await fetch(message.url, {
    method: message.method,
    headers: message.headers,
    ...(message.body === undefined ? {} : { body: message.body }),
    redirect: 'manual',
    signal,
  });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    location: response.headers.get('location'),
    retryAfter: response.headers.get('retry-after'),
    body: await wholeBody(response.body ?? Readable.from([]), LARGEST_ANSWER_BYTES),
  };
}
