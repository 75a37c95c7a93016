import { existsSync, readdirSync } from 'node:fs';
import { removeKept, unusedDirectories } from '../sandbox/prepared/kept-directory.ts';
import { join } from 'node:path';

import { execa } from 'execa';

/** Something on a home that is made again when it is needed. */
export interface Cache {
  /**
   * `source-tree`: the copy of a subject that its sandboxes share. `environment`: a copy of one, or what was compiled of a
   * tree's dependencies. `python`: the compiled supervisor.
   */
  readonly kind: 'source-tree' | 'environment' | 'python';
  readonly path: string;
  readonly bytes: number;
}

/** The caches of a home's sandboxes that no living sandbox holds. */
export async function findCaches(home: string): Promise<readonly Cache[]> {
  const sandboxes = join(home, 'sandboxes');
  const trees = join(sandboxes, '.trees');
  const names = existsSync(trees) ? readdirSync(trees).filter((name) => existsSync(lockOf(join(trees, name)))) : [];
  const caches: Cache[] = [];
  for (const path of names.map((name) => join(trees, name)))
    if (await withLock(path, ['true'])) caches.push({ kind: 'source-tree', path, bytes: await sizeOf(path) });
  for (const path of await unusedDirectories(join(home, 'environments')))
    caches.push({ kind: 'environment', path, bytes: await sizeOf(path) });
  const python = join(sandboxes, '.python');
  if (existsSync(python)) caches.push({ kind: 'python', path: python, bytes: await sizeOf(python) });
  return caches;
}

/** False where a sandbox has taken the cache into use meanwhile. */
export async function removeCache({ kind, path }: Cache): Promise<boolean> {
  if (kind === 'source-tree') return withLock(path, ['sh', '-c', REMOVE, 'sh', path]);
  await removeKept(path);
  return true;
}

/**
 * As the supervisor does it (src/sandbox/supervisor/shared_trees.py): whoever holds the lock alone takes its file away
 * first, so that a sandbox that waited for it finds no copy and makes one.
 */
const REMOVE = 'rm -f -- "$1/lock"; rm -rf -- "$1" 2> /dev/null || { chmod -R u+rwX -- "$1"; rm -rf -- "$1"; }';

/** Living sandboxes hold a shared lock on their copy. */
async function withLock(path: string, command: readonly string[]): Promise<boolean> {
  const parameters = ['--exclusive', '--nonblock', lockOf(path), ...command];
  const { exitCode } = await execa('flock', parameters, { reject: false, stdin: 'ignore' });
  return exitCode === 0;
}

function lockOf(path: string): string {
  return join(path, 'lock');
}

async function sizeOf(path: string): Promise<number> {
  const { stdout } = await execa('du', ['--summarize', '--block-size=1', path], { reject: false, stdin: 'ignore' });
  return Number(stdout.split('\t')[0]);
}
