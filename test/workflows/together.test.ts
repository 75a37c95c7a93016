import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { together } from '../../src/workflows/together.ts';

const nobodyStops = () => undefined;

describe('steps that run together', () => {
  it('give their results in their order', async () => {
    const slow = async () => {
      await setImmediate();
      return 'slow';
    };
    expect(await together([slow, () => Promise.resolve('fast')], nobodyStops)).toEqual(['slow', 'fast']);
  });

  it('are told to stop when one fails, and its error goes on after all have ended', async () => {
    const told: string[] = [];
    let stop: () => void = nobodyStops;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const holding = async () => {
      await stopped;
      told.push('told to stop');
      await setImmediate();
      told.push('has let go');
      throw new Error('stopped');
    };
    const failing = () => Promise.reject(new Error('the stored artifact is damaged'));
    await expect(together([holding, failing, holding], stop)).rejects.toThrow('the stored artifact is damaged');
    expect(told).toEqual(['told to stop', 'told to stop', 'has let go', 'has let go']);
  });
});
