import { readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobMissingError, StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import { createDirectoryBlobs } from '../../src/store/directory-blobs.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

describe.each([
  ['whose process waits for the disk', { waitsForDisk: true }],
  ['whose process goes on meanwhile', { waitsForDisk: false }],
])('directory blobs %s', (_which, options) => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => removeDirectory(directory));

  const pathOf = (sha256: string, suffix = '') => join(directory, sha256.slice(0, 2), sha256.slice(2) + suffix);
  const long = Buffer.from('test_a PASSED\n'.repeat(7000));

  it('lie under their hash, short ones as they are and long ones as gzip', async () => {
    const blobs = await createDirectoryBlobs(directory, options);
    const plain = await blobs.put(Buffer.from('plain'));
    expect(await readFile(pathOf(plain.sha256), 'utf8')).toBe('plain');
    const packed = await blobs.put(long);
    const stored = await readFile(pathOf(packed.sha256, '.gz'));
    expect(stored.byteLength).toBeLessThan(long.byteLength / 10);
    expect(gunzipSync(stored).equals(long)).toBe(true);
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it.each([
    ['a short one', Buffer.from('plain'), ''],
    ['a long one', long, '.gz'],
  ])('are missing when %s was changed or torn, and healed by the next put', async (_what, content, suffix) => {
    const blobs = await createDirectoryBlobs(directory, options);
    const ref = await blobs.put(content);
    const path = pathOf(ref.sha256, suffix);
    await truncate(path, 3);
    await expect(blobs.get(ref)).rejects.toThrow(BlobMissingError);
    await writeFile(path, 'never');
    await expect(blobs.get(ref)).rejects.toThrow(`${directory}, or what is there no longer matches its hash`);
    await blobs.put(content);
    expect(Buffer.from(await blobs.get(ref)).equals(content)).toBe(true);
  });

  it('of a killed process are cleaned up on opening, those of a living one stay', async () => {
    await createDirectoryBlobs(directory, options);
    const [old, young] = [join(directory, 'incoming', 'old'), join(directory, 'incoming', 'young')];
    await writeFile(old, 'half');
    await writeFile(young, 'half');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    await utimes(old, twoHoursAgo, twoHoursAgo);
    await createDirectoryBlobs(directory, options);
    expect(await readdir(join(directory, 'incoming'))).toEqual(['young']);
    expect((await stat(young)).size).toBe(4);
  });

  it('say what is in the way of a directory, and the way out', async () => {
    await writeFile(join(directory, 'file'), '');
    const opening = createDirectoryBlobs(join(directory, 'file', 'blobs'), options);
    await expect(opening).rejects.toThrow(StoreUnavailableError);
    await expect(opening).rejects.toThrow(/file\/blobs: ENOTDIR.* choose another store directory/);
  });

  it('say so when a file is where the directory of a hash belongs, and leave nothing unfinished', async () => {
    const blobs = await createDirectoryBlobs(directory, options);
    const { sha256 } = await (
      await createDirectoryBlobs(join(directory, 'elsewhere'), options)
    ).put(Buffer.from('plain'));
    await writeFile(join(directory, sha256.slice(0, 2)), '');
    const putting = blobs.put(Buffer.from('plain'));
    await expect(putting).rejects.toThrow(StoreUnavailableError);
    await expect(putting).rejects.toThrow(`Could not write ${pathOf(sha256)}`);
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it('say that a directory may not be written to', async () => {
    // Not even root may make a directory there, so the test needs no other user.
    const opening = createDirectoryBlobs('/sys/selfplay-blobs', options);
    await expect(opening).rejects.toThrow(StoreUnavailableError);
    await expect(opening).rejects.toThrow(/\/sys\/selfplay-blobs: E(ACCES|PERM|ROFS).* must be writable/);
  });
});
