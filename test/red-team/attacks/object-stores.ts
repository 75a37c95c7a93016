import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Trial } from '../trial.ts';
import { commitAll, LOOK_INTO_STORES, solver } from './looks.ts';

/** Takes the objects out of the repository; git finds them by `objects/info/alternates`. */
const storedIn = (store: string) => (directory: string) => {
  commitAll(directory);
  mkdirSync(join(directory, store, '..'), { recursive: true });
  renameSync(join(directory, '.git/objects'), join(directory, store));
  mkdirSync(join(directory, '.git/objects/info'), { recursive: true });
  writeFileSync(join(directory, '.git/objects/info/alternates'), `${join('../..', store)}\n`);
};

/** Stores of git's objects that are no repositories: nothing but compressed files by their hashes. */
export const objectStoreAttacks: readonly Trial[] = [
  solver({
    name: 'alternates-show-the-original',
    source: '#in-the-sandbox: objects/info/alternates, a store of objects elsewhere in the tree',
    prepare: storedIn('store'),
    probe: LOOK_INTO_STORES,
  }),
  solver({
    name: 'deep-alternates-show-the-original',
    source: '#in-the-sandbox: the same, deeper and under a shorter name',
    prepare: storedIn('cache/deep/o'),
    probe: LOOK_INTO_STORES,
  }),
];
