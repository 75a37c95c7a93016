import { describe, expect, it } from 'vitest';
import { groupOutcome } from '../../../src/domain/reward/group-outcome.ts';
import { solveRate, type AttemptOutcome } from '../../../src/domain/reward/solve-rate.ts';

function attempts(solved: number, unsolved: number, lost: number): readonly AttemptOutcome[] {
  return [
    ...Array.from({ length: solved }, () => 'solved' as const),
    ...Array.from({ length: unsolved }, () => 'unsolved' as const),
    ...Array.from({ length: lost }, () => 'lost' as const),
  ];
}

describe('solveRate', () => {
  it.each([
    [2, 6, 0, 0.25],
    [2, 2, 4, 0.5],
    [0, 8, 0, 0],
    [1, 0, 7, 1],
  ])('counts final attempts only: %d solved, %d unsolved, %d lost', (solved, unsolved, lost, rate) => {
    expect(solveRate(attempts(solved, unsolved, lost))).toBe(rate);
  });

  it('does not exist when every attempt is lost', () => {
    expect(solveRate(attempts(0, 0, 8))).toBeUndefined();
  });
});

describe('groupOutcome', () => {
  it('never takes a lost machine for a failure', () => {
    expect(groupOutcome(attempts(4, 0, 4))).toEqual({ rewardable: true, solveRate: 1, finalAttempts: 4 });
  });

  it.each([
    [8, 4, true],
    [8, 5, false],
    [7, 3, true],
    [7, 4, false],
  ])('needs half of %d attempts: with %d lost it is rewardable: %s', (size, lost, rewardable) => {
    expect(groupOutcome(attempts(1, size - lost - 1, lost)).rewardable).toBe(rewardable);
  });

  it('takes a threshold of the configuration', () => {
    const outcome = groupOutcome(attempts(1, 6, 1), 8);
    expect(outcome).toEqual({
      rewardable: false,
      finalAttempts: 7,
      reason: '7 of 8 attempts are final, and at least 8 must be',
    });
  });

  it('yields nothing for an empty group', () => {
    expect(groupOutcome([]).rewardable).toBe(false);
  });
});
