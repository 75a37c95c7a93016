import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { StoreUnavailableError } from '../domain/failure/errors.ts';

export interface S3Options {
  /** `https://s3.eu-central-1.amazonaws.com`, `http://s3:7070`; the bucket follows as the first part of the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Put before every key, `team-a/`; empty for a bucket of its own. */
  readonly prefix: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Undefined for the bucket itself. */
  readonly key?: string;
  readonly query?: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Sends a request and returns its answer, whatever the status; throws `StoreUnavailableError` when there is none. */
export type SendToS3 = (request: S3Request) => Promise<S3Answer>;

/** An answer begins within a second; a busy server's within some. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Content comes and goes at 1 MiB/s at least, or the line is as good as cut. */
const SLOWEST_BYTES_PER_MS = 1024 ** 2 / 1000;

/** A pod of the server that restarts is back within seconds. Together about 15 s, as for the ledger; longer outages are for the retries of activities. */
const RETRY_PAUSES_MS = [200, 1000, 4000, 10_000];

/** A request that took too long or came too soon, and a server in trouble. */
const WORTH_REPEATING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Requests to one bucket, in path style, which every S3-compatible server understands. */
export function createS3Requests(options: S3Options): SendToS3 {
  // Its own retries neither see a lost connection nor end: 0.
  const client = new AwsClient({ ...options.credentials, service: 's3', region: options.region, retries: 0 });
  return async (request) => {
    for (const pauseMs of RETRY_PAUSES_MS) {
      const outcome = await attempt(client, options, request);
      if (isFinal(outcome)) return outcome;
      // Spread out, so that workers that were refused together do not come back together.
      await sleep(pauseMs * (0.5 + Math.random()));
    }
    const last = await attempt(client, options, request);
    if (isFinal(last)) return last;
    const problem = last instanceof Error ? describe(last) : describeAnswer(last);
    throw unavailable(options, request, { problem, cause: last });
  };
}

/** Where a bucket is, for messages. */
export function nameBucket({ endpoint, bucket }: Pick<S3Options, 'endpoint' | 'bucket'>): string {
  return new URL(bucket, withSlash(endpoint)).href;
}

/** Status and the code of S3's error, `403 SignatureDoesNotMatch`. */
export function describeAnswer({ status, body }: S3Answer): string {
  return `it answers ${[status, errorCode(body)].filter(Boolean).join(' ')}`;
}

/** `NoSuchKey`, `NoSuchBucket`, …; undefined where the body says none, as with HEAD. */
export function errorCode(body: Uint8Array): string | undefined {
  // It stands at the beginning, and what else a proxy may send is of no use.
  return /<Code>([A-Za-z]{1,60})<\/Code>/.exec(Buffer.from(body.subarray(0, 4096)).toString())?.[1];
}

export function unavailable(
  options: S3Options,
  { method, key }: S3Request,
  { problem, cause }: { readonly problem: string; readonly cause?: unknown },
): StoreUnavailableError {
  const what = key === undefined ? '' : `/${options.prefix}${key}`;
  return new StoreUnavailableError(
    `The blob store did not ${method} ${nameBucket(options)}${what}: ${problem}. Look whether that server runs, can be reached from here, and lets these credentials in.`,
    { cause },
  );
}

function isFinal(outcome: S3Answer | Error): outcome is S3Answer {
  if (outcome instanceof Error) return false;
  // Another put of the same key at the same time (ConditionalRequestConflict, OperationAborted); a bucket that is there stays.
  if (outcome.status === 409) return errorCode(outcome.body)?.startsWith('Bucket') ?? false;
  return !WORTH_REPEATING.has(outcome.status);
}

/** An answer, or why there was none. */
async function attempt(client: AwsClient, options: S3Options, request: S3Request): Promise<S3Answer | Error> {
  const { method, key, query = '', body, headers } = request;
  const path = key === undefined ? '' : `/${options.prefix}${key}`;
  const url = `${nameBucket(options)}${path}${query}`;
  const timeoutMs = ANSWER_TIMEOUT_MS + (body?.byteLength ?? 0) / SLOWEST_BYTES_PER_MS;
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort(new Error(`no answer within ${Math.round(timeoutMs / 1000)} s`));
  }, timeoutMs);
  try {
    const answer = await client.fetch(url, {
      method,
      // The signature covers the content, so the server refuses what was changed on the way.
      headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? new Uint8Array()) },
      ...(body === undefined ? {} : { body }),
      signal: silence.signal,
      redirect: 'manual',
    });
    timer.refresh();
    return { status: answer.status, headers: answer.headers, body: await readBody(answer, timer) };
  } catch (error) {
    // `fetch` throws nothing but broken connections here, and what the timer said.
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** As long as something comes, there is no reason to give up. */
async function readBody({ body }: Response, timer: NodeJS.Timeout): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    if (chunk instanceof Uint8Array) chunks.push(chunk);
    timer.refresh();
  }
  return Buffer.concat(chunks);
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** `fetch failed` has the reason in its cause. */
function describe(error: Error): string {
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join('; ');
  return cause instanceof Error ? cause.message : error.message;
}
