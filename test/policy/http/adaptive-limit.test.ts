import { setImmediate as nextRound } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { createAdaptiveLimit } from '../../../src/policy/http/adaptive-limit.ts';

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

  it('asks nothing while the endpoint has said that it is full, not in the name of others either', async () => {
    let nowMs = 0;
    const sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];
    const clock = {
      nowMs: () => nowMs,
      sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ untilMs: nowMs + ms, wake })),
    };
    const passTo = async (ms: number) => {
      nowMs = ms;
      for (const { untilMs, wake } of sleepers) if (untilMs <= ms) wake();
      await nextRound();
    };
    const limit = createAdaptiveLimit<string>(8, {
      throttled: (answer) => answer.startsWith('full'),
      pauseMs: (answer) => Number(answer.slice('full '.length)),
      clock,
    });
    const asked: string[] = [];
    const ask = (name: string, answer: string) =>
      limit.run(() => {
        asked.push(name);
        return Promise.resolve(answer);
      }, signal);
    await ask('first', 'full 5000');
    const others = [ask('second', 'full 7000'), ask('third', 'done')];
    await passTo(4_999);
    expect(asked).toEqual(['first']);
    await passTo(5_000);
    await Promise.all(others);
    const fourth = ask('fourth', 'done');
    await passTo(11_999);
    expect(asked).toEqual(['first', 'second', 'third']);
    await passTo(12_000);
    expect(await fourth).toBe('done');
  });

  it('lets go who is stopped while the endpoint is full', async () => {
    const limit = createAdaptiveLimit<string>(1, { throttled: () => true, pauseMs: () => 60_000 });
    await limit.run(outcome('full'), signal);
    const stop = new AbortController();
    const waiting = limit.run(outcome('done'), stop.signal);
    stop.abort();
    await expect(waiting).rejects.toBe(stop.signal.reason);
  });

  it('frees the place of a task that fails', async () => {
    const limit = limitOf(1);
    await expect(limit.run(() => Promise.reject(new Error('reset')), signal)).rejects.toThrow('reset');
    expect(await limit.run(outcome('done'), signal)).toBe('done');
  });
});
