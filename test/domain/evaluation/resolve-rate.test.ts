import { describe, expect, it } from 'vitest';

import { resolveRate } from '../../../src/domain/evaluation/resolve-rate.ts';

describe('resolveRate', () => {
  // By the formula of Wilson 1927 at 95 %, as statistics packages give it.
  it.each([
    [0, 10, 0, 0, 0.2775],
    [5, 5, 0.5, 0.2366, 0.7634],
    [10, 0, 1, 0.7225, 1],
    [257, 243, 0.514, 0.4703, 0.5575],
  ])('of %i solved and %i unsolved tasks has its interval', (solved, unsolved, rate, low, high) => {
    const found = resolveRate({ solved, unsolved });
    expect(found?.rate).toBe(rate);
    expect(found?.low).toBeCloseTo(low, 4);
    expect(found?.high).toBeCloseTo(high, 4);
  });

  it('of no task is not known', () => {
    expect(resolveRate({ solved: 0, unsolved: 0 })).toBeUndefined();
  });
});
