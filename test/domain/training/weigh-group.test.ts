import { describe, expect, it } from 'vitest';

import { weighGroup, type WeighedRollout } from '../../../src/domain/training/weigh-group.ts';

const rollout = (changes: Partial<WeighedRollout> = {}): WeighedRollout => ({
  ...{ advantage: 0.5, training: { trainable: true }, units: 10, policyVersion: 4 },
  ...changes,
});
const untrainable = { trainable: false, reason: 'the server returned no token ids for turn 0' } as const;

describe('weighGroup', () => {
  it('counts what teaches: trainable, and better or worse than the others', () => {
    const group = [
      rollout({ advantage: 1 }),
      rollout({ advantage: -1, units: 7, policyVersion: 3 }),
      rollout({ advantage: 0, units: 100, policyVersion: 0 }),
      rollout({ training: untrainable, policyVersion: 1 }),
    ];
    expect(weighGroup(group)).toEqual({ standing: 'ready', rollouts: 2, units: 17, policyVersion: 3 });
  });

  it('leaves a group of equal rewards out', () => {
    const group = [rollout({ advantage: 0 }), rollout({ advantage: 0, policyVersion: 2 })];
    expect(weighGroup(group)).toEqual({ standing: 'no-signal', rollouts: 0, units: 0, policyVersion: 2 });
  });

  it('tells from it one that nobody can train on', () => {
    const group = [rollout({ advantage: 1, training: untrainable }), rollout({ advantage: -1, training: untrainable })];
    expect(weighGroup(group)).toMatchObject({ standing: 'untrainable', rollouts: 0 });
    expect(weighGroup([rollout({ advantage: 1, training: untrainable }), rollout({ advantage: 0 })])).toMatchObject({
      standing: 'untrainable',
    });
  });
});
