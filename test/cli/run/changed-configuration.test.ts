import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { configurationWith } from '../../../src/cli/run/changed-configuration.ts';

describe('a configuration with changes', () => {
  it('takes keys in either spelling, and values as YAML', () => {
    const config = configurationWith('demo', ['injection_groups=2', 'rollout.turns=16', 'strategies={direct: 1}']);
    expect([config.injectionGroups, config.rollout.turns, config.strategies]).toEqual([
      2,
      16,
      { removal: 0, history: 0, direct: 1 },
    ]);
  });

  it('lets a key be taken away to make room for another', () => {
    const config = configurationWith('demo', ['corpus=', 'subjects=[{directory: ../mine}]']);
    expect([config.corpus, config.subjects?.[0]?.directory]).toEqual([undefined, resolve('../mine')]);
  });

  it('keeps what it does not change', () => {
    expect(configurationWith('demo', ['seed=99'])).toEqual({ ...configurationWith('demo', []), seed: 99 });
  });

  it.each([
    [['injecton_groups=2'], /did you mean "injection_groups"/],
    [['rollout.turns=many'], /rollout\.turns/],
    [['turns'], /KEY=VALUE/],
  ])('refuses %j with the place', (changes, message) => {
    expect(() => configurationWith('demo', changes)).toThrow(message);
  });
});
