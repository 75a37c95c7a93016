import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface JsonPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

// Token ids and log-probabilities of 131 072 tokens are about 10 MiB of JSON; beyond this it is not a reply.
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

// A reply can take minutes during which nothing is sent; routers drop such connections silently after 5 minutes or more.
const KEEP_ALIVE_PROBE_MS = 30_000;

/**
 * POSTs JSON and reads the whole answer, whatever its status; rejects when there is none, or when `signal` aborts.
 *
 * Not `fetch`: Node's gives up after 300 s without response headers, which a long reply on a busy server exceeds, and
 * offers no way to change that (measured on Node 20). A connection for each request: a model call takes seconds, and a
 * kept-alive socket that the server has just closed would look like a failure of the request.
 */
export function postJson({ url, headers, body, signal }: JsonPost): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request: ClientRequest = send(url, {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        ...headers,
        accept: 'application/json',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    request.setSocketKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    request.on('error', reject);
    request.on('response', (response) => {
      readBody(response).then(
        (text) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
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

async function readBody(response: IncomingMessage): Promise<string> {
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
