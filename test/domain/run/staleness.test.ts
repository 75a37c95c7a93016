import { expect, it } from 'vitest';
import { isStale, staleness } from '../../../src/domain/run/staleness.ts';

it.each([
  [[12], 20, false],
  [[11], 20, true],
  [[20, 11, 20], 20, true],
  [[20], 20, false],
  [[], 20, false],
] as const)('turns sampled by versions %j are stale at version %d: %s', (versions, current, stale) => {
  expect(isStale(versions, current)).toBe(stale);
});

it('counts from the oldest turn', () => {
  expect(staleness([5, 3, 9], 10)).toBe(7);
});
