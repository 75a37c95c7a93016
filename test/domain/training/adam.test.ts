import { describe, expect, it } from 'vitest';

import { adamStep, untrained } from '../../../src/domain/training/adam.ts';

const adam = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

describe('adamStep', () => {
  it('moves each weight by the learning rate in its first step, whatever the size of the slope', () => {
    const { weights, optimizer } = adamStep(untrained({ a: [1, 1, 1], b: [] }), { a: [5, -0.001, 0], b: [] }, adam);
    const [up, down, still] = weights.a ?? [];
    expect(up).toBeCloseTo(1.1, 6);
    expect(down).toBeCloseTo(0.9, 4);
    expect(still).toBe(1);
    expect(optimizer.steps).toBe(1);
  });

  it('goes on from its moving averages', () => {
    const once = adamStep(untrained({ a: [0] }), { a: [1] }, adam);
    const twice = adamStep(once, { a: [-1] }, adam);
    // 0.1 · (0.9·0.1 - 0.1) / (1 - 0.81) over sqrt((0.999·0.001 + 0.001) / (1 - 0.998001)), by hand.
    const mean = (0.9 * 0.1 - 0.1) / (1 - 0.9 ** 2);
    const square = (0.999 * 0.001 + 0.001) / (1 - 0.999 ** 2);
    expect(twice.weights.a?.[0]).toBeCloseTo((once.weights.a?.[0] ?? 0) + (0.1 * mean) / Math.sqrt(square), 9);
  });

  it('lets weights decay apart from the gradient', () => {
    const { weights } = adamStep(untrained({ a: [2] }), { a: [0] }, { ...adam, weightDecay: 0.5 });
    expect(weights.a?.[0]).toBeCloseTo(2 - 0.1 * 0.5 * 2, 12);
  });
});
