import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { BlobRef } from '../domain/blob-ref.ts';
import { BlobMissingError, StoreUnavailableError } from '../domain/errors.ts';
import type { Blobs } from './store.ts';

/** Longer content is kept as gzip (`zcat` reads it). The size alone decides, so that a reference says where to look. */
const LARGEST_PLAIN_BYTES = 4096;

/** No put takes nearly as long, so an older file is what a killed process left. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Blobs in a directory: `ab/cdef…` by hash, written beside and renamed into place, so that a reader sees all of a
 * blob or none.
 *
 * Nothing is flushed to the device. What a process wrote survives its death without that, a power cut is not survived
 * by the ledger either (synchronous=NORMAL), and a flush would cost more than the whole journal entry that waits for
 * it. Content that a power cut has torn no longer matches its hash: `get` reports it missing, the next `put` heals it.
 */
export async function createDirectoryBlobs(directory: string): Promise<Blobs> {
  // In the same directory, because a rename is atomic within one file system only.
  const incoming = join(directory, 'incoming');
  await explainFailure(`prepare ${directory}`, async () => {
    await mkdir(incoming, { recursive: true });
    await removeAbandoned(incoming);
  });

  const read = async (ref: BlobRef): Promise<Uint8Array | undefined> => {
    const stored = await readIfThere(join(directory, pathOf(ref)));
    const content = stored && (await unpack(stored, ref));
    return content && sameRef(toBlobRef(content), ref) ? content : undefined;
  };

  return {
    put: async (content) => {
      const ref = toBlobRef(content);
      const path = join(directory, pathOf(ref));
      await explainFailure(`write ${path}`, async () => {
        // Reading is cheaper than writing, and succeeds on a full disk.
        if (await read(ref)) return;
        const unfinished = join(incoming, randomUUID());
        try {
          await writeFile(unfinished, await pack(content), { flag: 'wx' });
          await mkdir(join(path, '..'), { recursive: true });
          await rename(unfinished, path);
        } catch (error) {
          await rm(unfinished, { force: true });
          throw error;
        }
      });
      return ref;
    },

    get: async (ref) => {
      const path = join(directory, pathOf(ref));
      const content = await explainFailure(`read ${path}`, () => read(ref));
      if (content) return content;
      throw new BlobMissingError(
        `Blob ${ref.sha256} (${ref.bytes} bytes) is not in ${directory}, or what is there no longer matches its hash.`,
      );
    },
  };
}

function toBlobRef(content: Uint8Array): BlobRef {
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.byteLength };
}

function sameRef(one: BlobRef, other: BlobRef): boolean {
  return one.sha256 === other.sha256 && one.bytes === other.bytes;
}

function pathOf({ sha256, bytes }: BlobRef): string {
  return join(sha256.slice(0, 2), sha256.slice(2) + (bytes > LARGEST_PLAIN_BYTES ? '.gz' : ''));
}

/** Level 1: transcripts and logs shrink several times already, at a speed that nobody waits for. */
async function pack(content: Uint8Array): Promise<Uint8Array> {
  if (content.byteLength <= LARGEST_PLAIN_BYTES) return content;
  return promisify(gzip)(content, { level: constants.Z_BEST_SPEED });
}

async function unpack(stored: Uint8Array, { bytes }: BlobRef): Promise<Uint8Array | undefined> {
  if (bytes <= LARGEST_PLAIN_BYTES) return stored;
  try {
    return await promisify(gunzip)(stored, { maxOutputLength: bytes });
  } catch {
    // Whatever zlib says of it, this is not what was stored.
    return undefined;
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    try {
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
    } catch (error) {
      // Another process has renamed or removed it meanwhile.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

async function explainFailure<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new StoreUnavailableError(`Could not ${action}: ${messageOf(error)}. ${remedyFor(code)}`, { cause: error });
  }
}

function remedyFor(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'Free space there or raise the limit, or choose another store directory.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'The store directory must be writable for this user; change its owner or choose another one.';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'Something that is no directory is in the way; move it or choose another store directory.';
    default:
      return 'Look at the disk that the store directory is on.';
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
