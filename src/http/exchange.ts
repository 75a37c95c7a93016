import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import { wholeBody } from './whole-body.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; of a GET there is none. */
  readonly body?: string | undefined;
  /** Beyond which it is no answer. */
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

// An answer can take minutes during which nothing is sent; routers drop such connections silently after 5 minutes or more.
const KEEP_ALIVE_PROBE_MS = 30_000;

/**
 * Sends JSON and reads the whole answer, whatever its status; rejects when there is none, or when `signal` aborts.
 *
 * Not `fetch`: Node's gives up after 300 s without response headers, which a long reply on a busy server exceeds, and
 * offers no way to change that (measured on Node 20). A connection for each request: a model call takes seconds, and a
 * kept-alive socket that the server has just closed would look like a failure of the request.
 */
export function exchangeJson({ method, url, headers, body, mostBytes, signal }: JsonRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const described =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = send(url, {
      ...{ method, agent: false, signal },
      headers: { ...headers, accept: 'application/json', ...described },
    });
    request.setSocketKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    request.on('error', reject);
    request.on('response', (response) => {
      wholeBody(response, mostBytes).then(
        (read) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read.toString('utf8') });
        },
        (error: unknown) => {
          request.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
    request.end(body);
  });
}
