import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { git } from '../../support/artifact-fixture.ts';
import type { Trial } from '../trial.ts';
import { commitAll, LOOK_EVERYWHERE, LOOK_INTO_STORES, solver } from './looks.ts';

/** Places in which git keeps history besides its branches. */
export const historyAttacks: readonly Trial[] = [
  solver({
    name: 'worktree-shows-the-original',
    source: '#in-the-sandbox: git worktree add',
    prepare: (directory) => {
      commitAll(directory);
      git(directory, 'worktree', 'add', '-q', '-b', 'side', 'side');
    },
    probe: `${LOOK_INTO_STORES}${LOOK_EVERYWHERE}`,
  }),
  solver({
    name: 'notes-show-the-original',
    source: '#in-the-sandbox: notes',
    prepare: (directory) => {
      commitAll(directory);
      git(directory, 'notes', 'add', '-F', 'calc/arith.py');
    },
    probe: LOOK_INTO_STORES,
  }),
  solver({
    name: 'left-heads-show-the-original',
    source: '#in-the-sandbox: FETCH_HEAD, ORIG_HEAD, packed-refs',
    prepare: (directory) => {
      commitAll(directory);
      const original = git(directory, 'rev-parse', 'HEAD').trim();
      writeFileSync(join(directory, '.git/FETCH_HEAD'), `${original}\tbranch 'main' of elsewhere\n`);
      writeFileSync(join(directory, '.git/ORIG_HEAD'), `${original}\n`);
      git(directory, 'pack-refs', '--all');
    },
    probe: LOOK_INTO_STORES,
  }),
  solver({
    name: 'stash-shows-the-original',
    source: '#in-the-sandbox: a stash that alone holds it',
    prepare: (directory) => {
      const original = readFileSync(join(directory, 'calc/words.py'), 'utf8');
      commitAll(directory);
      writeFileSync(join(directory, 'calc/words.py'), `${original}\n# return high\n`);
      git(directory, 'stash', '-q');
    },
    probe: LOOK_INTO_STORES,
  }),
];
