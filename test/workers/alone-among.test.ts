import { setTimeout as sleep } from 'node:timers/promises';

import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';

import { aloneAmong } from '../../src/workers/alone-among.ts';

/** A limit of tasks that write down when they begin and end. */
function aLimit(concurrency: number) {
  const limit = pLimit(concurrency);
  const amongOthers = aloneAmong(limit);
  const alone = <Result>(run: () => Promise<Result>, signal = new AbortController().signal) => amongOthers(run, signal);
  const running = new Set<string>();
  const beside: Record<string, readonly string[]> = {};
  const task = (name: string) => async () => {
    running.add(name);
    for (let turn = 0; turn < 5; turn += 1) {
      await sleep(1);
      beside[name] = [...new Set([...(beside[name] ?? []), ...running])].filter((other) => other !== name);
    }
    running.delete(name);
    return name;
  };
  return { limit, alone, beside, task };
}

describe('a task that runs alone', () => {
  it.each([1, 2, 4])('has no other beside it among %i places', async (concurrency) => {
    const { limit, alone, beside, task } = aLimit(concurrency);
    const before = ['a', 'b', 'c', 'd', 'e'].map((name) => limit(task(name)));
    const single = alone(task('alone'));
    const after = ['f', 'g', 'h'].map((name) => limit(task(name)));
    expect(await single).toBe('alone');
    await Promise.all([...before, ...after]);
    expect(beside.alone).toEqual([]);
    expect(Object.keys(beside)).toHaveLength(9);
  });

  it('waits for another one that runs alone', async () => {
    const { alone, beside, task } = aLimit(2);
    await Promise.all([alone(task('one')), alone(task('two'))]);
    expect(beside).toMatchObject({ one: [], two: [] });
  });

  it('gives its places back when it fails', async () => {
    const { limit, alone, beside, task } = aLimit(2);
    await expect(alone(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await alone(task('next'))).toBe('next');
    await Promise.all([limit(task('a')), limit(task('b'))]);
    expect(beside.a).toEqual(['b']);
  });
});
