import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { unreadableSource } from './unreadable-source.ts';

export interface SourceEntry {
  /** Relative to the source. */
  readonly path: string;
  readonly status: BigIntStats;
}

// A listing of tens of thousands of files takes tenths of a second; other work goes on in between.
const ENTRIES_A_TURN = 500;

/** Everything below a directory of this host, parents first, in a stable order: what an archive of it is made from. */
export async function listSource(directory: string, what: 'source' | 'environment'): Promise<readonly SourceEntry[]> {
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
    throw unreadableSource(what, place, error);
  }
}
