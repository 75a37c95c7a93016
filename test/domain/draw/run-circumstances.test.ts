import { describe, expect, it } from 'vitest';

import { runCircumstances } from '../../../src/domain/draw/run-circumstances.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

const spent = (seed: number, state: string, repeat: number) =>
  runCircumstances(seed, { state, repeat }).spentProcessIds;

describe('the circumstances of a run', () => {
  it('are the same for the same seed, state and repeat', () => {
    const run = { state: 'buggy', repeat: 2 };
    expect(runCircumstances(7, run)).toEqual(runCircumstances(7, run));
  });

  it('leave the environment of the image alone the first time', () => {
    expect(runCircumstances(7, { state: 'buggy', repeat: 0 }).env).toEqual({});
  });

  it('have an environment that is the repeat its own, whatever the state', () => {
    const { env } = runCircumstances(7, { state: 'original', repeat: 1 });
    expect(runCircumstances(7, { state: 'buggy', repeat: 1 }).env).toEqual(env);
    expect(runCircumstances(7, { state: 'buggy', repeat: 2 }).env).not.toEqual(env);
  });

  it.each(['PYTHONHASHSEED', 'HOSTNAME', 'HOME', 'TMPDIR'])('hold a %s that no number of a repeat tells', (name) => {
    const values = SEEDS.map((seed) => runCircumstances(seed, { state: 'buggy', repeat: 1 }).env[name]);
    expect(new Set(values).size).toBe(SEEDS.length);
  });

  it('take every time zone in three repeats, in an order that is drawn', () => {
    const orders = SEEDS.map((seed) =>
      [1, 2, 3].map((repeat) => runCircumstances(seed, { state: 'buggy', repeat }).env.TZ).join(' '),
    );
    expect(new Set(orders).size).toBe(6);
    expect(orders.every((order) => new Set(order.split(' ')).size === 3)).toBe(true);
  });

  it.each([2, 4])('spend process ids so that four repeats have every remainder by %d', (divisor) => {
    for (const seed of SEEDS) {
      const remainders = [0, 1, 2, 3].map((repeat) => spent(seed, 'buggy', repeat) % divisor);
      expect(new Set(remainders).size).toBe(divisor);
    }
  });

  it('spend amounts that neither state nor repeat tells, and never more than sixty-four', () => {
    const amounts = SEEDS.map((seed) => spent(seed, 'buggy', 1));
    expect(new Set(amounts).size).toBeGreaterThan(50);
    expect(Math.max(...amounts)).toBeLessThan(64);
    expect(SEEDS.filter((seed) => spent(seed, 'buggy', 1) === spent(seed, 'original', 1)).length).toBeLessThan(20);
  });
});
