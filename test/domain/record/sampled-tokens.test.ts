import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { conversationOf, journaledTokens, tokensProblem } from '../../../src/domain/record/sampled-tokens.ts';
import { arbitraryTurns, journaled } from '../training/arbitrary-turns.ts';

describe('journaled tokens', () => {
  it('hold the whole conversation, whatever prompts a server names', () => {
    fc.assert(
      fc.property(arbitraryTurns, (turns) => {
        const last = turns.at(-1)?.tokens ?? { prompt: [], completion: [] };
        const whole = [...last.prompt, ...last.completion];
        expect(conversationOf(journaled(turns).map(({ tokens }) => tokens))).toEqual(whole);
        expect(conversationOf(turns.map(({ tokens }) => tokens))).toEqual(whole);
      }),
    );
  });

  it('are as long as what is new in each prompt', () => {
    expect(journaledTokens({ prompt: [1, 2, 3, 4], completion: [5], logprobs: [-1] }, [1, 2, 3])).toEqual({
      carried: 3,
      prompt: [4],
      completion: [5],
      logprobs: [-1],
    });
  });

  it('of a conversation that is not theirs are refused', () => {
    const tokens = { carried: 2, prompt: [3], completion: [], logprobs: [] };
    expect(() => conversationOf([tokens])).toThrow(RangeError);
  });
});

describe('what can not be trained on', () => {
  it.each([
    ['more tokens than log-probabilities', [1, 2], [-1]],
    ['more log-probabilities than tokens', [1], [-1, -1]],
  ])('%s', (_, completion, logprobs) => {
    expect(tokensProblem({ prompt: [0], completion, logprobs })).toMatch(/log-probabilities for/);
  });

  it('one log-probability that is not finite, or above 0, wherever it is', () => {
    const wrong = fc.oneof(
      fc.constantFrom(NaN, Infinity, -Infinity),
      fc.double({ min: 0, minExcluded: true, noNaN: true }),
    );
    const right = fc.array(fc.double({ min: -50, max: 0, noNaN: true }), { maxLength: 5 });
    fc.assert(
      fc.property(right, wrong, right, (before, value, after) => {
        const logprobs = [...before, value, ...after];
        const completion = logprobs.map(() => 7);
        expect(tokensProblem({ prompt: [], completion, logprobs })).toBeDefined();
        // JSON knows no number that is not finite.
        const kept: typeof logprobs = JSON.parse(JSON.stringify(logprobs));
        expect(tokensProblem({ prompt: [], completion, logprobs: kept })).toBeDefined();
        expect(
          tokensProblem({ prompt: [], completion: completion.slice(1), logprobs: [...before, ...after] }),
        ).toBeUndefined();
      }),
    );
  });
});
