import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openArena, type Arena } from './arena.ts';
import { trialsOf } from './trials.ts';

/** What isolation decides: the same must come out where another mechanism isolates. */
const DECIDED_BY_ISOLATION = [
  'parser-reads-the-tree',
  'parser-counts-processes',
  'parser-leaves-a-message-in-the-kernel',
  'parser-leaves-a-process-behind',
  'parser-counts-its-runs',
  'parser-counts-its-runs-in-shared-memory',
  'script-counts-its-runs-outside',
  'script-leaves-a-process-behind',
  'attempts-leave-notes',
  'everything-is-killed',
  'parent-is-killed',
  'a-daemon-writes-later',
  'processes-never-end',
  'memory-is-eaten',
];

let arena: Arena;

beforeAll(async () => {
  arena = await openArena('docker');
});

afterAll(() => arena.close());

describe('in containers a closed attack is not paid either', { concurrent: true }, () => {
  const trials = trialsOf('closed').filter(({ name }) => DECIDED_BY_ISOLATION.includes(name));

  it.each(trials)('$name', async (trial) => {
    expect(await arena.play(trial)).toMatchObject({ paid: false });
  });

  it('all of them are in the closed list', () => {
    expect(trials.map(({ name }) => name).sort()).toEqual([...DECIDED_BY_ISOLATION].sort());
  });
});

describe('after all of them', () => {
  it('no container is left behind', async () => {
    expect(await arena.leftovers()).toBe(0);
  });
});
