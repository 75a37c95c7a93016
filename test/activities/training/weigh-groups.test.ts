import { beforeEach, describe, expect, it } from 'vitest';

import { membersOf, weighGroups } from '../../../src/activities/training/weigh-groups.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { decidedFor, openPlayedRun, settleSolvers } from './played-run.ts';

let store: Store;

beforeEach(async () => {
  store = await createInMemoryStore();
  await openPlayedRun(store);
});

const solved = { turns: [[decidedFor(0)], [decidedFor(1)]], reward: 1, policyVersion: 2 };
const unsolved = { turns: [[decidedFor(1)]], reward: -1, policyVersion: 1 };
const solversOf = (groupId: string) => ({ groupId, role: 'solver' as const });

describe('settled groups', () => {
  it('are ready with the tokens of their last turns and the oldest of their weights', async () => {
    await settleSolvers(store, 'run/one', [solved, unsolved]);
    const ready = { groupId: 'run/one', role: 'solver', units: 210 + 110, policyVersion: 1 };
    expect(await weighGroups(store, 'run', [solversOf('run/one')])).toEqual([ready]);
    expect(await store.ledger.listTrainingGroups('run')).toMatchObject([
      { groupId: 'run/one', standing: 'ready', rollouts: 2, units: 320, step: null },
    ]);
  });

  it('are left out where all rewards are equal, where nobody can train on them, and where nobody was paid', async () => {
    await settleSolvers(store, 'run/equal', [solved, solved]);
    await settleSolvers(store, 'run/mute', [
      { ...solved, turns: [undefined] },
      { ...unsolved, turns: [undefined] },
    ]);
    await settleSolvers(store, 'run/none', []);
    const groups = ['run/equal', 'run/mute', 'run/none'].map(solversOf);
    expect(await weighGroups(store, 'run', groups)).toEqual([]);
    expect(await store.ledger.listTrainingGroups('run')).toMatchObject([
      { groupId: 'run/equal', standing: 'no-signal' },
      { groupId: 'run/mute', standing: 'untrainable' },
    ]);
  });

  it('are weighed once: again they are as ready as they were, and not at all once they are in a step', async () => {
    await settleSolvers(store, 'run/one', [solved, unsolved]);
    const ready = await weighGroups(store, 'run', [solversOf('run/one')]);
    expect(await weighGroups(store, 'run', [solversOf('run/one')])).toEqual(ready);
    const step = { runId: 'run', step: 1, manifest: null, policyVersion: 0, assembledAt: '2026-01-02T03:04:05.678Z' };
    await store.ledger.recordTrainingStep({ step, groups: ['run/one'], stale: [] });
    expect(await weighGroups(store, 'run', [solversOf('run/one')])).toEqual([]);
  });

  it('have their members in the order of their attempts', async () => {
    await settleSolvers(
      store,
      'run/many',
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? solved : unsolved)),
    );
    const members = await membersOf(store.ledger, solversOf('run/many'));
    expect(members.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});
