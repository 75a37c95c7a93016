import { describe, expect, it } from 'vitest';
import {
  bestSolveProbability,
  expectedInjectorReward,
  injectorReward,
  solverReward,
} from '../../../src/domain/reward/rewards.ts';
import { DEFAULT_REWARD } from '../../support/defaults.ts';

describe('injectorReward', () => {
  it.each([
    ['an inconsistent artifact', { consistent: false } as const, -1],
    ['a bug that nobody solves', { consistent: true, solveRate: 0 } as const, -0.8],
    ['a bug that everybody solves', { consistent: true, solveRate: 1 } as const, -0.8],
    ['one of eight', { consistent: true, solveRate: 1 / 8 } as const, 0.775],
    ['half', { consistent: true, solveRate: 0.5 } as const, 0.1],
    ['seven of eight', { consistent: true, solveRate: 7 / 8 } as const, -0.575],
  ])('pays %s by Eq. 1 with alpha 0.8', (_, outcome, reward) => {
    expect(injectorReward(outcome, DEFAULT_REWARD)).toBeCloseTo(reward, 12);
  });

  it.each([0, 0.5, 1])(
    'pays every consistent artifact 1 in the consistency-only ablation (solve rate %d)',
    (solveRate) => {
      const config = { alpha: 0.8, variant: 'consistency-only' } as const;
      expect(injectorReward({ consistent: true, solveRate }, config)).toBe(1);
      expect(injectorReward({ consistent: false }, config)).toBe(-1);
    },
  );

  it.each([-0.1, 1.1, Number.NaN])('refuses the solve rate %d', (solveRate) => {
    expect(() => injectorReward({ consistent: true, solveRate }, DEFAULT_REWARD)).toThrow(RangeError);
  });
});

describe('solverReward', () => {
  it('is all or nothing', () => {
    expect([solverReward(true), solverReward(false)]).toEqual([1, -1]);
  });
});

const GROUPS = [2, 3, 4, 8, 16];

describe('expectedInjectorReward', () => {
  const grid = GROUPS.flatMap((G) =>
    [0.5, 0.8, 1].flatMap((alpha) => [0, 0.1, 0.257, 0.5, 0.9, 1].map((p) => [G, alpha, p] as const)),
  );

  it.each(grid)('is the binomial expectation of the actual reward (G %d, alpha %d, p %d)', (G, alpha, p) => {
    let expectation = 0;
    for (let solved = 0; solved <= G; solved += 1) {
      const probability = choose(G, solved) * p ** solved * (1 - p) ** (G - solved);
      const outcome = { consistent: true, solveRate: solved / G } as const;
      expectation += probability * injectorReward(outcome, { alpha, variant: 'solve-rate' });
    }
    expect(expectedInjectorReward(p, G, alpha)).toBeCloseTo(expectation, 10);
  });
});

describe('bestSolveProbability', () => {
  it('is 0.257 for groups of 8', () => {
    expect(bestSolveProbability(8)).toBeCloseTo(0.257, 3);
  });

  it.each(GROUPS.flatMap((G) => [0.2, 0.8].map((alpha) => [G, alpha] as const)))(
    'is where the expected reward is largest (G %d, alpha %d)',
    (G, alpha) => {
      const steps = 100_000;
      let best = 0;
      for (let step = 0; step <= steps; step += 1) {
        const p = step / steps;
        if (expectedInjectorReward(p, G, alpha) > expectedInjectorReward(best, G, alpha)) best = p;
      }
      expect(bestSolveProbability(G)).toBeCloseTo(best, 4);
    },
  );

  it('does not exist for a single attempt, whose reward never varies', () => {
    expect(() => bestSolveProbability(1)).toThrow(RangeError);
    expect(expectedInjectorReward(0.3, 1, 0.8)).toBeCloseTo(-0.8, 12);
  });
});

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}
