import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { BlobMissingError, InvalidConfigError, StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { createS3Blobs } from '../../src/store/s3-blobs.ts';
import { startS3, type TestS3 } from '../support/run-s3.ts';
import { describeBlobs } from './blobs-contract.ts';
import { describeStoreContract } from './store-contract.ts';

let s3: TestS3;
let buckets = 0;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());

const settings = (changes: Partial<Parameters<typeof createS3Blobs>[0]> = {}) => ({
  endpoint: s3.endpoint,
  region: 'us-east-1',
  bucket: `bucket-${buckets}`,
  prefix: 'team/',
  credentials: s3.credentials,
  createBucket: true,
  ...changes,
});
const long = Buffer.from('test_a PASSED\n'.repeat(7000));
const fileOf = (sha256: string, suffix = '') =>
  join(s3.directory, `bucket-${buckets}`, 'team', sha256.slice(0, 2), sha256.slice(2) + suffix);

describeStoreContract('a store with its blobs in S3', () => {
  buckets++;
  const open = async () => {
    const { ledger, close } = await createInMemoryStore();
    return { blobs: await createS3Blobs(settings()), ledger, close };
  };
  return Promise.resolve({ open, remove: () => Promise.resolve() });
});

describe('S3 blobs without a prefix, at an endpoint with a slash', () => {
  let blobs: Awaited<ReturnType<typeof createS3Blobs>>;
  beforeAll(async () => {
    blobs = await createS3Blobs(settings({ bucket: 'plain', prefix: '', endpoint: `${s3.endpoint}/` }));
  });
  describeBlobs(() => blobs);
});

describe('S3 blobs', () => {
  beforeEach(() => {
    buckets++;
  });

  it('lie under their hash, short ones as they are and long ones as gzip', async () => {
    const blobs = await createS3Blobs(settings());
    const plain = await blobs.put(Buffer.from('plain'));
    expect(await readFile(fileOf(plain.sha256), 'utf8')).toBe('plain');
    const packed = await blobs.put(long);
    expect(gunzipSync(await readFile(fileOf(packed.sha256, '.gz'))).equals(long)).toBe(true);
  });

  it('that are there are not written again', async () => {
    const blobs = await createS3Blobs(settings());
    const { sha256 } = await blobs.put(long);
    const before = await stat(fileOf(sha256, '.gz'));
    await blobs.put(long);
    const after = await stat(fileOf(sha256, '.gz'));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it.each([
    ['a short one', Buffer.from('plain'), ''],
    ['a long one', long, '.gz'],
  ])('are missing when %s was torn, and healed by the next put', async (_what, content, suffix) => {
    const blobs = await createS3Blobs(settings());
    const ref = await blobs.put(content);
    await truncate(fileOf(ref.sha256, suffix), 3);
    await expect(blobs.get(ref)).rejects.toThrow(BlobMissingError);
    await blobs.put(content);
    expect(Buffer.from(await blobs.get(ref)).equals(content)).toBe(true);
  });

  it('are missing when something else of the same length is in their place', async () => {
    const blobs = await createS3Blobs(settings());
    const ref = await blobs.put(Buffer.from('plain'));
    await writeFile(fileOf(ref.sha256), 'never');
    await expect(blobs.get(ref)).rejects.toThrow(/bucket-\d+, or what is there no longer matches its hash/);
  });

  it('are put by many at once, whoever makes the bucket', async () => {
    const workers = await Promise.all(Array.from({ length: 8 }, () => createS3Blobs(settings())));
    const refs = await Promise.all(workers.map((blobs) => blobs.put(long)));
    expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(await readdir(join(s3.directory, `bucket-${buckets}`, 'team'))).toHaveLength(1);
  });

  it('of a server that restarts are waited for', async () => {
    const blobs = await createS3Blobs(settings());
    await s3.kill();
    const putting = blobs.put(long);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await s3.start();
    expect(Buffer.from(await blobs.get(await putting)).equals(long)).toBe(true);
  });

  it('of a bucket that is gone are unavailable, not missing', async () => {
    const blobs = await createS3Blobs(settings());
    const ref = await blobs.put(Buffer.from('plain'));
    await rm(join(s3.directory, `bucket-${buckets}`), { recursive: true });
    await expect(blobs.get(ref)).rejects.toThrow(StoreUnavailableError);
    await expect(blobs.get(ref)).rejects.toThrow('404 NoSuchBucket');
    await expect(blobs.put(Buffer.from('plain'))).rejects.toThrow(StoreUnavailableError);
  });

  it('need a bucket, unless they may make it', async () => {
    const opening = createS3Blobs(settings({ createBucket: false }));
    await expect(opening).rejects.toThrow(InvalidConfigError);
    await expect(opening).rejects.toThrow(
      /bucket-\d+ cannot be used: it answers 404 NoSuchBucket. Make the bucket, or set/,
    );
    await mkdir(join(s3.directory, `bucket-${buckets}`));
    await createS3Blobs(settings({ createBucket: false }));
  });

  it.each([
    ['unknown key', { accessKeyId: 'nobody', secretAccessKey: 'secret' }],
    ['invalid secret', { accessKeyId: 'test-access', secretAccessKey: 'secret' }],
  ])('with an %s are a matter of configuration, which is not repeated', async (_what, credentials) => {
    const opening = createS3Blobs(settings({ credentials }));
    await expect(opening).rejects.toThrow(InvalidConfigError);
    await expect(opening).rejects.toThrow(
      /answers 40[34] (XAdminUserNotFound|SignatureDoesNotMatch). Correct the credentials/,
    );
    await expect(opening).rejects.not.toThrow('secret');
  });
});
