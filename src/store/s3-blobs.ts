import type { BlobRef } from '../domain/record/blob-ref.ts';
import { BlobMissingError, InvalidConfigError } from '../domain/failure/errors.ts';
import { blobKey, pack, unpack } from './packed-content.ts';
import {
  createS3Requests,
  describeAnswer,
  errorCode,
  nameBucket,
  unavailable,
  type S3Answer,
  type S3Options,
  type S3Request,
  type SendToS3,
} from './s3-requests.ts';
import { toBlobRef, type Blobs } from './store.ts';

/**
 * Blobs in a bucket of any server that speaks S3, under the keys that a directory store has as paths.
 *
 * A blob is put in one request, which stores all of it or nothing: S3 takes 5 GiB that way, more than a buffer of Node
 * holds. A put is conditional, so that content which is there is neither replaced nor counted as written.
 */
export async function createS3Blobs(options: S3Options & { readonly createBucket: boolean }): Promise<Blobs> {
  const send = createS3Requests(options);
  await requireBucket(options, send);

  return {
    put: async (content) => {
      const ref = toBlobRef(content);
      const put: S3Request = { method: 'PUT', key: blobKey(ref), body: await pack(content) };
      const answer = await send({ ...put, headers: { 'if-none-match': '*' } });
      if (answer.status === 412 && (await isWhole(send, put))) return ref;
      if (isDone(answer)) return ref;
      // Torn by a power cut of the server's disk; or a server that knows no conditions. Either way the same content.
      const overwriting = isRefused(answer) ? await send(put) : answer;
      if (!isDone(overwriting)) throw unavailable(options, put, { problem: describeAnswer(overwriting) });
      return ref;
    },

    get: async (ref) => {
      const request: S3Request = { method: 'GET', key: blobKey(ref) };
      const answer = await send(request);
      if (isDone(answer)) {
        const content = await unpack(answer.body, ref);
        if (content) return content;
      } else if (!isMissing(answer)) {
        throw unavailable(options, request, { problem: describeAnswer(answer) });
      }
      throw missing(options, ref);
    },

    remove: async (ref) => {
      const request: S3Request = { method: 'DELETE', key: blobKey(ref) };
      const answer = await send(request);
      if (!isDone(answer) && !isMissing(answer))
        throw unavailable(options, request, { problem: describeAnswer(answer) });
    },
  };
}

/** What an administrator has to put right is found before anything depends on it. */
async function requireBucket(options: S3Options & { readonly createBucket: boolean }, send: SendToS3): Promise<void> {
  // A listing, because the answer to HEAD has no body that would say what is wrong.
  const request: S3Request = { method: 'GET', query: '?list-type=2&max-keys=1' };
  let answer = await send(request);
  if (errorCode(answer.body) === 'NoSuchBucket' && options.createBucket) {
    answer = await send({ method: 'PUT' });
    // Another worker that starts now was faster.
    if (answer.status === 409) answer = await send(request);
  }
  if (isDone(answer)) return;
  const remedy = bucketRemedy(answer);
  if (remedy === undefined) throw unavailable(options, request, { problem: describeAnswer(answer) });
  throw new InvalidConfigError(
    `the blob store ${nameBucket(options)} cannot be used: ${describeAnswer(answer)}. ${remedy}`,
  );
}

function bucketRemedy({ status, body }: S3Answer): string | undefined {
  if (errorCode(body) === 'NoSuchBucket') return 'Make the bucket, or set blobs.create_bucket.';
  if (status >= 300 && status < 400) return 'The bucket is in another region: correct blobs.region and blobs.endpoint.';
  if (status === 400) return 'Correct blobs.region.';
  // versitygw answers 404 to a key that it does not know.
  if (status === 401 || status === 403 || status === 404)
    return 'Correct the credentials, or what they may do: list the bucket, get, put and delete objects.';
  return undefined;
}

function isDone({ status }: S3Answer): boolean {
  return status >= 200 && status < 300;
}

function isRefused({ status }: S3Answer): boolean {
  return status === 412 || status === 501;
}

/** A 404 of a bucket that has gone, of a user that has gone, or of a proxy is an outage and no loss of one blob. */
function isMissing({ status, body }: S3Answer): boolean {
  return status === 404 && errorCode(body) === 'NoSuchKey';
}

/** Whether what is there is as long as what would be put. */
async function isWhole(send: SendToS3, { key = '', body }: S3Request): Promise<boolean> {
  const { headers } = await send({ method: 'HEAD', key });
  return Number(headers.get('content-length')) === body?.byteLength;
}

function missing(options: S3Options, { sha256, bytes }: BlobRef): BlobMissingError {
  return new BlobMissingError(
    `Blob ${sha256} (${bytes} bytes) is not in ${nameBucket(options)}, or what is there no longer matches its hash.`,
  );
}
