import { describe, expect, it } from 'vitest';

import { formatNumber, formatReward, formatRewards, formatSeconds } from '../../../src/cli/text/format-values.ts';

describe('values as people read them', () => {
  it.each([
    [420, '0.4 s'],
    [42_000, '42 s'],
    [59_999, '60 s'],
    [270_000, '4 min 30 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(formatSeconds(milliseconds)).toBe(text);
  });

  it('loses the noise of binary fractions', () => {
    expect(formatNumber(0.1 + 0.2)).toBe('0.3');
    expect(formatReward(0.32499999)).toBe('+0.325');
  });

  it('says each reward of a group once, the best first', () => {
    expect(formatRewards([-1, 1, -1, -1])).toBe('+1 3×-1');
    expect(formatRewards([])).toBe('');
  });
});
