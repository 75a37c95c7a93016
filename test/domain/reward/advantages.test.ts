import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriesSignal, groupAdvantages } from '../../../src/domain/reward/advantages.ts';

describe('groupAdvantages', () => {
  it('subtracts the mean and does not divide', () => {
    expect(groupAdvantages([1, -1, -1, -1])).toEqual([1.5, -0.5, -0.5, -0.5]);
  });

  it.each([1, 3, 7])('is exactly zero for %d equal rewards, whatever rounding says', (size) => {
    const advantages = groupAdvantages(Array.from({ length: size }, () => -0.8));
    expect(advantages.every((advantage) => advantage === 0)).toBe(true);
    expect(carriesSignal(advantages)).toBe(false);
  });

  it('sums to zero', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(-1, -0.8, 0.1, 0.775, 1), { minLength: 1 }), (rewards) => {
        expect(groupAdvantages(rewards).reduce((sum, advantage) => sum + advantage, 0)).toBeCloseTo(0, 9);
      }),
    );
  });

  it('divides by the deviation where GRPO is asked for, and leaves its own reward out of the mean for RLOO', () => {
    expect(groupAdvantages([1, 0, 0, 1], 'grpo')).toEqual([1, -1, -1, 1]);
    const rewards = [1, -1, -1, -1];
    const others = (index: number) =>
      rewards.filter((_, other) => other !== index).reduce((sum, one) => sum + one, 0) / 3;
    for (const [index, advantage] of groupAdvantages(rewards, 'rloo').entries())
      expect(advantage).toBeCloseTo((rewards[index] ?? 0) - others(index), 12);
    expect(groupAdvantages([0.1, 0.1, 0.1], 'grpo')).toEqual([0, 0, 0]);
  });

  it('gives nothing for an empty group', () => {
    expect(carriesSignal(groupAdvantages([]))).toBe(false);
  });
});

describe('carriesSignal', () => {
  it('holds as soon as one reward differs', () => {
    expect(carriesSignal(groupAdvantages([1, 1, -1]))).toBe(true);
  });
});
