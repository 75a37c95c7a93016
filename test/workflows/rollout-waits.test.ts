import { describe, expect, it } from 'vitest';

import type { SliceEnd } from '../../src/activities/rollout/rollout-setting.ts';
import { playRollout, type RolloutState } from '../../src/workflows/play-rollout.ts';
import { aRolloutSetting } from '../support/run-fixture.ts';
import {
  butTheFirstTime,
  Cancelled,
  ended,
  HostError,
  play,
  rolloutSteps,
  solver,
  unfinished,
  WAITING,
} from './rollout-steps.ts';

describe('a store that is away', () => {
  const away = new HostError('store-away');

  it('is waited for with the sandbox kept, however often, and costs no incarnation', async () => {
    const slices = [unfinished(1, 'solveBug'), ...Array.from({ length: 9 }, () => away), ended];
    const { steps, told, leases, waits } = rolloutSteps({ slices });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot') || step.startsWith('destroy'))).toEqual([
      'boot 0',
      'destroy sandbox-0',
    ]);
    expect(waits).toEqual([...Array.from({ length: 9 }, (_, wait) => ['store', 0, wait + 1]), 'answered']);
    expect(new Set(leases.slice(1).map(({ playedThrough }) => playedThrough))).toEqual(new Set([1]));
  });

  it('is waited for before a boot, which costs no incarnation either', async () => {
    const { steps, told, waits } = rolloutSteps({ boots: Array.from({ length: 5 }, () => away) });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(new Set(told.filter((step) => step.startsWith('boot')))).toEqual(new Set(['boot 0']));
    expect(waits.at(-2)).toEqual(['store', 0, 5]);
  });

  it('shows that the host is not silent', async () => {
    const silent = new HostError('host-silent');
    const { steps, told } = rolloutSteps({ slices: [silent, away, silent, ended] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0']);
  });

  it('is told from a policy that is away in its wait', async () => {
    const policy: SliceEnd = { ...WAITING, playedThrough: 0, next: 'solveBug', retryAfterMs: 5 };
    const { steps, waits } = rolloutSteps({ slices: [policy, policy, away, policy, ended] });
    await play(solver, steps);
    expect(waits).toEqual([['policy', 5, 1], ['policy', 5, 2], ['store', 0, 1], ['policy', 5, 1], 'answered']);
  });
});

describe('a rollout whose history has grown long', () => {
  it('goes on in a new one where it stands: same sandbox, phase, incarnation and wait', async () => {
    const waiting: SliceEnd = { ...WAITING, playedThrough: 3, next: 'injectBug', retryAfterMs: 0 };
    const slices = [new HostError('sandbox-gone'), unfinished(3, 'injectBug'), waiting, waiting, ended];
    const { steps, told, waits, leases, standing } = rolloutSteps({ slices, slicesInOneHistory: 2 });
    const setting = aRolloutSetting();
    let histories = 1;
    let played = await playRollout(setting, undefined, steps);
    while ('unfinished' in played) {
      expect([...standing]).toEqual(['sandbox-1']);
      const carried: RolloutState = JSON.parse(JSON.stringify(played.unfinished));
      expect(carried).toEqual(played.unfinished);
      const shouldContinueAsNew = butTheFirstTime(steps.shouldContinueAsNew);
      played = await playRollout(setting, carried, { ...steps, shouldContinueAsNew });
      histories += 1;
    }
    expect(histories).toBe(3);
    expect(played.ended).toMatchObject({ outcome: 'submitted' });
    expect(waits).toEqual([['policy', 0, 1], ['policy', 0, 2], 'answered']);
    expect(leases.slice(2).map(({ playedThrough }) => playedThrough)).toEqual([3, 3, 3]);
    expect(told).toEqual([
      'open',
      ...['boot 0', 'discoverTests in sandbox-0', 'destroy sandbox-0'],
      ...['boot 1', 'discoverTests in sandbox-1', 'injectBug in sandbox-1', 'injectBug in sandbox-1'],
      ...['injectBug in sandbox-1', 'destroy sandbox-1', 'close as submitted'],
    ]);
  });
});

describe('a rollout that is cancelled', () => {
  it('lets its sandbox go first, is then closed as cancelled, and says so', async () => {
    const slices = [unfinished(0, 'solveBug'), new Cancelled('by a person')];
    const { steps, told, standing } = rolloutSteps({ slices });
    await expect(play(solver, steps)).rejects.toThrow('by a person');
    expect(standing).toEqual(new Set());
    expect(told.slice(-2)).toEqual(['destroy sandbox-0', 'close as cancelled']);
  });

  it('lets its sandbox go when it is cancelled while it waits', async () => {
    const { steps, standing, closed } = rolloutSteps({ slices: [new HostError('store-away')] });
    const waitFor = () => Promise.reject(new Cancelled('by a person'));
    await expect(play(solver, { ...steps, waitFor })).rejects.toThrow('by a person');
    expect(standing).toEqual(new Set());
    expect(closed).toMatchObject([{ outcome: 'cancelled' }]);
  });
});
