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

  it('gives nothing for an empty group', () => {
    expect(carriesSignal(groupAdvantages([]))).toBe(false);
  });
});

describe('carriesSignal', () => {
  it('holds as soon as one reward differs', () => {
    expect(carriesSignal(groupAdvantages([1, 1, -1]))).toBe(true);
  });
});
