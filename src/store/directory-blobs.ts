import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import { BlobMissingError, StoreUnavailableError } from '../domain/failure/errors.ts';
import { blobKey, isKeptPlain, pack, unpack } from './packed-content.ts';
import { toBlobRef, type Blobs } from './store.ts';
import { writeWhole, writeWholeAtOnce } from './whole-file.ts';

export interface DirectoryBlobsOptions {
  /**
   * Whether a put of short content holds its process up until it is written, which is cheaper: for a directory on a disk
   * that the process waits for anyway, because its ledger is there too. A directory of another machine may be away for
   * minutes, and a process that hangs for so long is taken for dead.
   */
  readonly waitsForDisk?: boolean;
}

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
export async function createDirectoryBlobs(
  directory: string,
  { waitsForDisk = false }: DirectoryBlobsOptions = {},
): Promise<Blobs> {
  // In the same directory, because a rename is atomic within one file system only.
  const incoming = join(directory, 'incoming');
  await explainFailure(`prepare ${directory}`, async () => {
    await mkdir(incoming, { recursive: true });
    await removeAbandoned(incoming);
  });

  const read = async (ref: BlobRef): Promise<Uint8Array | undefined> => {
    const stored = await readIfThere(join(directory, blobKey(ref)));
    return stored && unpack(stored, ref);
  };

  return {
    put: async (content) => {
      const ref = toBlobRef(content);
      const path = join(directory, blobKey(ref));
      const isAtOnce = waitsForDisk && isKeptPlain(ref);
      await explainFailure(`write ${path}`, async () => {
        // Reading is cheaper than writing, and succeeds on a full disk.
        if ((!isAtOnce || existsSync(path)) && (await read(ref))) return;
        const unfinished = join(incoming, randomUUID());
        if (isAtOnce) writeWholeAtOnce({ unfinished, path, content });
        else await writeWhole({ unfinished, path, content: await pack(content) });
      });
      return ref;
    },

    get: async (ref) => {
      const path = join(directory, blobKey(ref));
      const content = await explainFailure(`read ${path}`, () => read(ref));
      if (content) return content;
      throw new BlobMissingError(
        `Blob ${ref.sha256} (${ref.bytes} bytes) is not in ${directory}, or what is there no longer matches its hash.`,
      );
    },

    remove: async (ref) => {
      const path = join(directory, blobKey(ref));
      await explainFailure(`remove ${path}`, () => rm(path, { force: true }));
    },
  };
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
