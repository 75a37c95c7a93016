import { describe, expect, it } from 'vitest';

import { aRolloutSetting } from '../support/run-fixture.ts';
import type { SliceEnd } from '../../src/activities/rollout/rollout-setting.ts';
import { ended, HostError, play, rolloutSteps, solver, submission, unfinished } from './rollout-steps.ts';

describe('slices', () => {
  it('go on where the one before ended, under the name of the phase', async () => {
    const slices = [unfinished(2, 'discoverTests'), unfinished(5, 'injectBug'), ended];
    const { steps, told, leases, closed } = rolloutSteps({ slices });
    const end = await play(aRolloutSetting(), steps);
    const rolloutId = 'run/episode-0/injector';
    expect(end).toEqual({ rolloutId, outcome: 'submitted', submission, policyVersion: 0, problem: null });
    expect(closed).toEqual([end]);
    expect(told).toEqual([
      'open',
      'boot 0',
      'discoverTests in sandbox-0',
      'discoverTests in sandbox-0',
      'injectBug in sandbox-0',
      'destroy sandbox-0',
      'close as submitted',
    ]);
    expect(leases.map(({ playedThrough }) => playedThrough)).toEqual([-1, 2, 5]);
  });

  it('of a solver are solveBug', async () => {
    const { steps, told } = rolloutSteps({});
    await play(solver, steps);
    expect(told).toContain('solveBug in sandbox-0');
  });

  it.each(['turn-limit', 'context-limit', 'time-limit', 'no-submission'] as const)(
    'that end by %s end the rollout without a submission',
    async (outcome) => {
      const { steps, standing } = rolloutSteps({
        slices: [{ status: 'ended', outcome, submission: null, policyVersion: 0 }],
      });
      expect(await play(solver, steps)).toMatchObject({ outcome, submission: null });
      expect(standing).toEqual(new Set());
    },
  );
});

describe('a policy that is down', () => {
  it('is waited for, longer each time, and the sandbox stays', async () => {
    const waiting: SliceEnd = {
      status: 'waiting',
      playedThrough: 1,
      next: 'solveBug',
      retryAfterMs: 700,
      problem: 'ECONNREFUSED',
    };
    const slices = [waiting, waiting, unfinished(2, 'solveBug'), waiting, ended];
    const { steps, told, waits } = rolloutSteps({ slices });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(waits).toEqual([['policy', 700, 1], ['policy', 700, 2], 'answered', ['policy', 700, 1], 'answered']);
    expect(told.filter((step) => !step.startsWith('solveBug'))).toEqual([
      'open',
      'boot 0',
      'destroy sandbox-0',
      'close as submitted',
    ]);
  });
});

describe('a host that fails', () => {
  it('is asked once more in the same sandbox when it is silent', async () => {
    const { steps, told, leases } = rolloutSteps({
      slices: [unfinished(3, 'solveBug'), new HostError('host-silent'), ended],
    });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0']);
    expect(leases.map(({ playedThrough }) => playedThrough)).toEqual([-1, 3, 3]);
  });

  it('is asked once more again after it has answered in between', async () => {
    const silent = new HostError('host-silent');
    const { steps, told } = rolloutSteps({ slices: [silent, unfinished(0, 'solveBug'), silent, ended] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0']);
  });

  it('is left for a new sandbox when it stays silent', async () => {
    const silent = new HostError('host-silent');
    const { steps, told } = rolloutSteps({ slices: [silent, silent, ended] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told).toEqual([
      'open',
      'boot 0',
      'solveBug in sandbox-0',
      'solveBug in sandbox-0',
      'destroy sandbox-0',
      'boot 1',
      'solveBug in sandbox-1',
      'destroy sandbox-1',
      'close as submitted',
    ]);
  });

  it('is waited for with the sandbox kept when others have its processors', async () => {
    const loaded = new HostError('host-overloaded');
    const { steps, told, waits } = rolloutSteps({ slices: [loaded, loaded, loaded, ended] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0']);
    expect(waits).toEqual([['machine', 0, 1], ['machine', 0, 2], ['machine', 0, 3], 'answered']);
  });

  it('is waited for when load was the last that it told of before it did not begin a slice', async () => {
    const unheard = new HostError('unheard');
    const slices = [{ ...unfinished(0, 'solveBug'), underLoad: true } as const, unheard, unheard, ended];
    const { steps, told, waits } = rolloutSteps({ slices });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0']);
    expect(waits).toEqual([['machine', 0, 1], ['machine', 0, 2], 'answered']);
  });

  it('is waited for when it falls silent under load and then does not begin a slice', async () => {
    const unheard = new HostError('unheard');
    const { steps, told, waits } = rolloutSteps({ slices: [new HostError('host-overloaded'), unheard, ended] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0']);
    expect(waits).toEqual([['machine', 0, 1], ['machine', 0, 2], 'answered']);
  });

  it('is silent when it does not begin a slice after it has told of no load any more', async () => {
    const unheard = new HostError('unheard');
    const loaded = { ...unfinished(0, 'solveBug'), underLoad: true } as const;
    const slices = [loaded, unfinished(1, 'solveBug'), unheard, unheard, ended];
    const { steps, told, waits } = rolloutSteps({ slices });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 1']);
    expect(waits).toEqual([]);
  });

  it('is left for a new sandbox when it dies while it is waited for', async () => {
    const silent = new HostError('host-silent');
    const { steps, told } = rolloutSteps({ slices: [new HostError('host-overloaded'), silent, silent, ended] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 1']);
  });

  it('is left for a new sandbox when the load does not end', async () => {
    const { steps, told, waits } = rolloutSteps({
      slices: [...Array.from({ length: 10 }, () => new HostError('host-overloaded')), ended],
    });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 1']);
    expect(waits.filter(([of]) => of === 'machine').length).toBe(8);
  });

  it('is waited for when others have its processors at a boot, which costs no incarnation', async () => {
    const loaded = new HostError('host-overloaded');
    const { steps, told, waits } = rolloutSteps({ boots: [loaded, new HostError('unheard'), loaded] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(new Set(told.filter((step) => step.startsWith('boot')))).toEqual(new Set(['boot 0']));
    expect(waits).toEqual([['machine', 0, 1], ['machine', 0, 2], ['machine', 0, 3], 'answered']);
  });

  it('is waited for by each incarnation anew, and makes the rollout lost when the load does not end', async () => {
    const { steps, told, waits } = rolloutSteps({
      boots: Array.from({ length: 40 }, () => new HostError('host-overloaded')),
    });
    const setting = aRolloutSetting({ config: { rollout: { incarnations: 2 } } });
    expect(await play(setting, steps)).toMatchObject({ outcome: 'lost' });
    const once = Array.from({ length: 8 }, (_, wait) => ['machine', 0, wait + 1]);
    expect(waits).toEqual([...once, ...once]);
    expect(told.filter((step) => step === 'boot 1')).toHaveLength(9);
  });

  it('costs no incarnation and no try when its worker stops and hands back what it was at', async () => {
    const handedBack = new HostError('handed-back');
    const silent = new HostError('host-silent');
    const { steps, told, waits } = rolloutSteps({
      boots: [handedBack, handedBack],
      slices: [handedBack, silent, handedBack, ended],
    });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 0', 'boot 0']);
    expect(told.filter((step) => step.startsWith('destroy'))).toEqual(['destroy sandbox-0']);
    expect(waits).toEqual([]);
  });

  it('costs no incarnation when its worker stops and does not come back', async () => {
    const silent = new HostError('host-silent');
    const leaving = { ...unfinished(0, 'solveBug'), leaving: true } as const;
    const cutOff = new HostError('handed-back');
    const { steps, told } = rolloutSteps({
      slices: [leaving, silent, silent, cutOff, silent, silent, leaving, new HostError('sandbox-gone'), ended],
    });
    const setting = aRolloutSetting({ config: { rollout: { incarnations: 1 } } });
    expect(await play(setting, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 1', 'boot 2', 'boot 3']);
  });

  it('costs one when it fails after its worker has come back', async () => {
    const silent = new HostError('host-silent');
    const leaving = { ...unfinished(0, 'solveBug'), leaving: true } as const;
    const { steps } = rolloutSteps({ slices: [leaving, unfinished(1, 'solveBug'), silent, silent, ended] });
    const setting = aRolloutSetting({ config: { rollout: { incarnations: 1 } } });
    expect(await play(setting, steps)).toMatchObject({ outcome: 'lost' });
  });

  it('makes the rollout lost when workers do nothing but stop', async () => {
    const slices = Array.from({ length: 100 }, () => [new HostError('handed-back'), new HostError('sandbox-gone')]);
    const { steps } = rolloutSteps({ slices: slices.flat() });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'lost' });
  });

  it('uses up an incarnation when it does not boot', async () => {
    const { steps, told } = rolloutSteps({ boots: [new HostError('host-silent')] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'submitted' });
    expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 1']);
  });

  it.each(['host-silent', 'sandbox-gone', 'fenced'] as const)(
    'makes the rollout lost when every incarnation ends by %s',
    async (failure) => {
      const { steps, told, closed, standing } = rolloutSteps({ slices: [new HostError(failure)] });
      const setting = aRolloutSetting({ config: { rollout: { incarnations: 2 } } });
      const problem = `none of its 2 sandboxes lasted; of the last: the host says: ${failure}`;
      const lost = { rolloutId: setting.rolloutId, outcome: 'lost', submission: null, policyVersion: null, problem };
      expect(await play(setting, steps)).toEqual(lost);
      expect(closed).toEqual([lost]);
      expect(told.filter((step) => step.startsWith('boot'))).toEqual(['boot 0', 'boot 1']);
      expect(standing).toEqual(new Set());
    },
  );

  it('makes the rollout lost when no incarnation boots', async () => {
    const silent = new HostError('host-silent');
    const { steps, closed } = rolloutSteps({ boots: [silent, silent, silent] });
    expect(await play(solver, steps)).toMatchObject({ outcome: 'lost' });
    expect(closed).toHaveLength(1);
  });
});

describe('the sandbox', () => {
  it('is destroyed when a slice fails for good, and the error goes on', async () => {
    const { steps, standing, closed } = rolloutSteps({ slices: [new Error('a bug of ours')] });
    await expect(play(solver, steps)).rejects.toThrow('a bug of ours');
    expect(standing).toEqual(new Set());
    expect(closed).toMatchObject([{ rolloutId: solver.rolloutId, outcome: 'lost', problem: 'a bug of ours' }]);
  });

  it('is destroyed when the end cannot be written', async () => {
    const { steps, standing } = rolloutSteps({});
    const full = { ...steps, closeRollout: () => Promise.reject(new Error('the disk is full')) };
    await expect(play(solver, full)).rejects.toThrow('the disk is full');
    expect(standing).toEqual(new Set());
  });

  it('is not booted when the rollout cannot be opened', async () => {
    const { steps, told } = rolloutSteps({});
    const full = { ...steps, openRollout: () => Promise.reject(new Error('the disk is full')) };
    await expect(play(solver, full)).rejects.toThrow('the disk is full');
    expect(told).toEqual([]);
  });

  it('is not booted again when the image does not exist', async () => {
    const { steps, told } = rolloutSteps({ boots: [new Error('no such image')] });
    await expect(play(solver, steps)).rejects.toThrow('no such image');
    expect(told).toEqual(['open', 'boot 0', 'close as lost']);
  });
});
