import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { findAbandoned, unfinishedName } from '../unfinished.ts';

/** No sandbox lives longer than a day, and who makes one asks for its directory again: after two it is in nobody's hands. */
const UNHELD_MS = 48 * 3_600_000;
/** For the next run on the same source. */
const KEPT_MS = 7 * 24 * 3_600_000;
const CONTENT = 'content';
const USED = 'used';

/**
 * A directory that is made once for its key and found again by it, by this worker and by others of the host.
 *
 * It appears whole or not at all: two workers may make it at once, and the second takes what is there.
 */
export async function keptDirectory(
  { root, key, what }: { readonly root: string; readonly key: string; readonly what: string },
  make: (fresh: string) => Promise<void>,
): Promise<string> {
  const home = path.join(root, key);
  try {
    if (!(await touch(home))) {
      await mkdir(root, { recursive: true });
      await removeUnused(root);
      await makeHome(root, home, make);
    }
    return path.join(home, CONTENT);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new SandboxUnavailableError(`${what} could not be made in ${root}: ${error.message}`, { cause: error });
  }
}

async function makeHome(root: string, home: string, make: (fresh: string) => Promise<void>): Promise<void> {
  const attempt = await mkdtemp(path.join(root, unfinishedName()));
  try {
    await make(path.join(attempt, CONTENT));
    await writeFile(path.join(attempt, USED), '');
    await rename(attempt, home);
  } catch (error) {
    await removeKept(attempt);
    if (!(await touch(home))) throw error;
  }
}

/** False where there is none. */
async function touch(home: string): Promise<boolean> {
  const now = new Date();
  return utimes(path.join(home, USED), now, now).then(
    () => true,
    () => false,
  );
}

/** The directories below the roots in a folder that no sandbox can hold any more. */
export async function unusedDirectories(folder: string): Promise<readonly string[]> {
  const roots = await readdir(folder).catch(() => []);
  const found = await Promise.all(roots.map((root) => notUsedFor(UNHELD_MS, path.join(folder, root))));
  return found.flat();
}

/** Removes what makers that are gone left unfinished below the roots in a folder. */
export async function removeUnfinished(folder: string): Promise<readonly string[]> {
  const roots = await readdir(folder).catch(() => []);
  const found = (await Promise.all(roots.map((root) => findAbandoned(path.join(folder, root))))).flat();
  for (const attempt of found) await removeKept(attempt);
  return found;
}

/** Also with read-only directories in it, as a copy that broke off may have them: only root can remove those just so. */
export async function removeKept(home: string): Promise<void> {
  const remove = () => rm(home, { recursive: true, force: true });
  await remove().catch(async () => {
    await execa('chmod', ['-R', 'u+rwX', '--', home], { reject: false, stdin: 'ignore' });
    await remove();
  });
}

async function removeUnused(root: string): Promise<void> {
  for (const home of await notUsedFor(KEPT_MS, root)) await removeKept(home);
}

async function notUsedFor(milliseconds: number, root: string): Promise<readonly string[]> {
  const unused: string[] = [];
  for (const name of await readdir(root)) {
    const home = path.join(root, name);
    const status = await stat(path.join(home, USED)).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs > milliseconds) unused.push(home);
  }
  return unused;
}
