import { describe, expect, it } from 'vitest';

import { learningRateAt } from '../../../src/domain/training/learning-rate.ts';

describe('learningRateAt', () => {
  it('rises evenly over the first steps and stays', () => {
    const paper = { learningRate: 3e-6, warmUpSteps: 30 };
    expect([1, 15, 30, 31, 150].map((step) => learningRateAt(step, paper) / 3e-6)).toEqual([1 / 30, 0.5, 1, 1, 1]);
    expect(learningRateAt(1, { learningRate: 0.05, warmUpSteps: 0 })).toBe(0.05);
  });
});
