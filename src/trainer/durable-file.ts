import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { TrainerUnavailableError } from '../domain/failure/errors.ts';

/** A file that others see whole or not at all, also after a power cut. */
export interface DurableFile {
  readonly file: FileHandle;
  /** Flushes it and gives it its name; what lay there under that name is replaced. */
  finish(): Promise<void>;
  /** Takes it away, if it is not finished. */
  discard(): Promise<void>;
}

/** Begins a file beside its final name, under one that no second writer of the same file has. */
export async function beginDurableFile(path: string): Promise<DurableFile> {
  const unfinished = `${path}.${randomUUID()}.tmp`;
  const file = await open(unfinished, 'w');
  return {
    file,
    finish: async () => {
      await file.sync();
      await file.close();
      await rename(unfinished, path);
      await syncDirectory(dirname(path));
    },
    discard: async () => {
      // Closing it twice is fine.
      await file.close();
      await rm(unfinished, { force: true });
    },
  };
}

export async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const begun = await beginDurableFile(path);
  try {
    await write(begun.file);
    await begun.finish();
  } finally {
    await begun.discard();
  }
}

/** Undefined where there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return unlessMissing(readFile(path, 'utf8'));
}

export async function isThere(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path))) !== undefined;
}

/** The work's result; a disk or share that does not do it is a trainer that cannot be reached now. */
export async function onShare<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === undefined || !(error instanceof Error)) throw error;
    throw new TrainerUnavailableError(
      `Could not ${what}: ${error.message}. Look whether the directory that is shared with the trainer is mounted here, can be written, and has space.`,
      { cause: error },
    );
  }
}

// A new name survives a power cut only when its directory has been flushed, too.
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessMissing<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of an error of the file system, `ENOSPC`. Aborts have codes, too, and are none. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : undefined;
}
