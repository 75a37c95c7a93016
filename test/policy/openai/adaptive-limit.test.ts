import { describe, expect, it } from 'vitest';

import { createAdaptiveLimit } from '../../../src/policy/openai/adaptive-limit.ts';

const signal = new AbortController().signal;
const limitOf = (most: number) => createAdaptiveLimit<string>(most, { throttled: (outcome) => outcome === 'full' });
const outcome = (value: string) => () => Promise.resolve(value);

describe('adaptive limit', () => {
  it('halves when the endpoint is full, and never goes below one', async () => {
    const limit = limitOf(8);
    const widths: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await limit.run(outcome('full'), signal);
      widths.push(limit.width);
    }
    expect(widths).toEqual([4, 2, 1, 1, 1]);
  });

  it('counts one burst of refusals once', async () => {
    const limit = limitOf(8);
    await Promise.all(Array.from({ length: 8 }, () => limit.run(outcome('full'), signal)));
    expect(limit.width).toBe(4);
  });

  it('widens by one for each round of answers, up to its limit', async () => {
    const limit = limitOf(4);
    await limit.run(outcome('full'), signal);
    expect(limit.width).toBe(2);
    for (let answers = 0; answers < 3; answers += 1) await limit.run(outcome('done'), signal);
    expect(limit.width).toBe(3);
    for (let answers = 0; answers < 30; answers += 1) await limit.run(outcome('done'), signal);
    expect(limit.width).toBe(4);
  });

  it('frees the place of a task that fails', async () => {
    const limit = limitOf(1);
    await expect(limit.run(() => Promise.reject(new Error('reset')), signal)).rejects.toThrow('reset');
    expect(await limit.run(outcome('done'), signal)).toBe('done');
  });
});
