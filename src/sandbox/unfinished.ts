import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { stateOfMaker, thisMaker } from './maker.ts';

/** What a directory is called before it has all that it is to hold. */
const UNFINISHED = '.new-';

/** Nothing is made for as long: of a maker that cannot be looked for, an older one is what it left. */
const ABANDONED_MS = 3_600_000;

/** The beginning of a name, to which the caller adds what tells it from others of this process. */
export function unfinishedName(): string {
  return `${UNFINISHED}${thisMaker()}-`;
}

/** What makers that are gone have left in a directory; nothing where there is none. */
export async function findAbandoned(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  const unfinished = names.filter((name) => name.startsWith(UNFINISHED));
  const abandoned = await Promise.all(
    unfinished.map(async (name) =>
      (await isAbandoned(path.join(directory, name))) ? [path.join(directory, name)] : [],
    ),
  );
  return abandoned.flat();
}

async function isAbandoned(place: string): Promise<boolean> {
  const maker = stateOfMaker(path.basename(place));
  if (maker === 'gone' || maker === 'at-work') return maker === 'gone';
  const status = await stat(place).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > ABANDONED_MS;
}
