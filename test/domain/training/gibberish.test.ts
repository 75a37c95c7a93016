import { describe, expect, it } from 'vitest';

import { gibberishAt } from '../../../src/domain/training/gibberish.ts';

const rule = { vocabulary: 128_000, aboveTokenId: 100_000, margin: 2 };
const unlikely = -Math.log(128_000) - 2.1;

const sequence = (changes: Partial<Parameters<typeof gibberishAt>[0]> = {}) => ({
  ...{ tokenIds: [5, 100_001, 7], lossMask: [0, 1, 1] as const, logprobs: [0, unlikely, -0.1] },
  ...changes,
});

describe('gibberishAt', () => {
  it('finds a rare token that was less likely than a blind guess', () => {
    expect(gibberishAt(sequence(), rule)).toBe(1);
  });

  it.each([
    ['is only as unlikely as a blind guess', { logprobs: [0, -Math.log(128_000) - 2, -0.1] }],
    ['stands at the front of the vocabulary', { tokenIds: [5, 100_000, 7] }],
    ['was read, not said', { lossMask: [0, 0, 1] as const }],
  ])('leaves one alone that %s', (_what, changes) => {
    expect(gibberishAt(sequence(changes), rule)).toBeUndefined();
  });
});
