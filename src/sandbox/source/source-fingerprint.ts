import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { ImageNotFoundError } from '../../domain/failure/errors.ts';
import { messageOf } from '../message-of.ts';

export interface SourceEntry {
  /** Relative to the source. */
  readonly path: string;
  readonly status: BigIntStats;
}

export interface SourceListing {
  /** Changes whenever anything in the tree does: times of change cannot be set back by who edits a file. */
  readonly fingerprint: string;
  /** Parents first, in a stable order. */
  readonly entries: readonly SourceEntry[];
}

// A listing of tens of thousands of files takes tenths of a second; other work goes on in between.
const ENTRIES_A_TURN = 500;

/** Lists a directory of this host; throws `ImageNotFoundError` when it is no tree. */
export async function listSource(directory: string, what: 'source' | 'environment'): Promise<SourceListing> {
  const root = look(() => lstatSync(directory, { bigint: true, throwIfNoEntry: false }), directory, what);
  const target = root?.isSymbolicLink() === true ? look(() => statOf(directory), directory, what) : root;
  if (target?.isDirectory() !== true) {
    throw new ImageNotFoundError(`the ${what} directory ${directory} does not exist or is not a directory`);
  }
  const entries = await walk(directory, what);
  if (entries.length === 0) throw new ImageNotFoundError(`the ${what} directory ${directory} is empty`);
  const digest = createHash('sha256').update(directory);
  for (const { path: place, status } of entries) {
    const { mode, ino, size, mtimeNs, ctimeNs } = status;
    const facts = status.isDirectory() ? [mode, ino] : [mode, ino, size, mtimeNs, ctimeNs];
    digest.update(`${place}\0${facts.join()}\0`);
  }
  return { fingerprint: digest.digest('hex').slice(0, 32), entries };
}

async function walk(directory: string, what: string): Promise<readonly SourceEntry[]> {
  const entries: SourceEntry[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const before = entries.length;
    const names = look(() => readdirSync(path.join(directory, folder)).sort(), path.join(directory, folder), what);
    for (const name of names) {
      const place = path.join(folder, name);
      const status = look(() => statOf(path.join(directory, place)), place, what);
      entries.push({ path: place, status });
      if (status.isDirectory()) pending.push(place);
    }
    if (Math.floor(before / ENTRIES_A_TURN) !== Math.floor(entries.length / ENTRIES_A_TURN)) await nextTurn();
  }
  return entries;
}

function statOf(file: string): BigIntStats {
  return lstatSync(file, { bigint: true });
}

function look<Found>(find: () => Found, place: string, what: string): Found {
  try {
    return find();
  } catch (error) {
    throw new ImageNotFoundError(`the ${what} cannot be read: ${place}: ${messageOf(error)}`, { cause: error });
  }
}
