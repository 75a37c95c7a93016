import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mergeTurns, type MergedTurns, type SampledTurn } from '../../../src/domain/training/merge-turns.ts';
import { arbitraryTurns, journaled, type WholeTurn } from './arbitrary-turns.ts';

/** Ids of the sampled tokens that are trained, in order. */
function trained({ tokenIds, lossMask }: MergedTurns): readonly number[] {
  return tokenIds.filter((_, index) => lossMask[index] === 1);
}

/** All sampled ids but the first of a conversation that begins with it. */
function sampled(turns: readonly WholeTurn[]): readonly number[] {
  return turns.flatMap(({ tokens: { prompt, completion } }) =>
    prompt.length === 0 ? completion.slice(1) : completion,
  );
}

function always(holds: (sequences: readonly MergedTurns[], turns: readonly WholeTurn[]) => void): void {
  fc.assert(
    fc.property(arbitraryTurns, (turns) => {
      holds([...mergeTurns(journaled(turns))], turns);
    }),
    { numRuns: 500 },
  );
}

const turn = (prompt: number[], completion: number[], policyVersion = 1): SampledTurn => ({
  tokens: { prompt, completion, logprobs: completion.map((id) => -id / 10) },
  policyVersion,
});

describe('turns merged into sequences', () => {
  it('have four lists of one length', () => {
    always((sequences) => {
      for (const { tokenIds, lossMask, logprobs } of sequences)
        expect([lossMask.length, logprobs.length]).toEqual([tokenIds.length, tokenIds.length]);
    });
  });

  it('have a finite log-probability of at most 0 where they are trained, and 0 elsewhere', () => {
    always((sequences) => {
      for (const { lossMask, logprobs } of sequences)
        for (const [index, logprob] of logprobs.entries())
          expect(lossMask[index] === 1 ? Number.isFinite(logprob) && logprob <= 0 : logprob === 0).toBe(true);
    });
  });

  it('train every sampled token once, in order, whatever forks', () => {
    always((sequences, turns) => {
      expect(sequences.flatMap(trained)).toEqual(sampled(turns));
    });
  });

  it('train with the log-probabilities that the server gave', () => {
    always((sequences, turns) => {
      const given = turns.flatMap(({ tokens: { prompt, logprobs } }) =>
        prompt.length === 0 ? logprobs.slice(1) : logprobs,
      );
      const kept = sequences.flatMap(({ logprobs, lossMask }) => logprobs.filter((_, index) => lossMask[index] === 1));
      expect(kept).toEqual(given);
    });
  });

  it('never train the first token', () => {
    always((sequences) => {
      for (const { lossMask } of sequences) expect(lossMask[0]).toBe(0);
    });
  });

  it('name the version of exactly the tokens that they train', () => {
    always((sequences, turns) => {
      for (const { lossMask, versions } of sequences) {
        const named = lossMask.map(() => 0);
        for (const { start, end } of versions) named.fill(1, start, end);
        expect(named).toEqual(lossMask);
      }
      const spans = sequences.flatMap(({ versions }) => versions.map(({ version }) => version));
      const trainedTurns = turns.filter(
        ({ tokens }) => tokens.completion.length > (tokens.prompt.length === 0 ? 1 : 0),
      );
      expect(spans).toEqual(trainedTurns.map(({ policyVersion }) => policyVersion));
    });
  });

  it('are what each reply really followed', () => {
    always((sequences, turns) => {
      const contexts = sequences.flatMap(({ tokenIds, versions }) => versions.map(({ end }) => tokenIds.slice(0, end)));
      const real = turns
        .filter(({ tokens }) => tokens.completion.length > (tokens.prompt.length === 0 ? 1 : 0))
        .map(({ tokens }) => [...tokens.prompt, ...tokens.completion]);
      expect(contexts).toEqual(real);
    });
  });

  it('are the same of whole prompts and of journaled ones', () => {
    always((sequences, turns) => {
      expect([...mergeTurns(turns)]).toEqual(sequences);
    });
  });

  it('are one sequence as long as each prompt begins with all that came before', () => {
    expect([...mergeTurns([turn([1, 2], [3], 4), turn([1, 2, 3, 9], [5, 6], 7)])]).toEqual([
      {
        tokenIds: [1, 2, 3, 9, 5, 6],
        lossMask: [0, 0, 1, 0, 1, 1],
        logprobs: [0, 0, -0.3, 0, -0.5, -0.6],
        versions: [
          { version: 4, start: 2, end: 3 },
          { version: 7, start: 4, end: 6 },
        ],
      },
    ]);
  });

  it('fork where a prompt departs, and train the shared turn in the first sequence only', () => {
    const [first, fork, ...others] = mergeTurns([turn([1], [3, 4]), turn([1, 3, 8], [5], 2)]);
    expect(first).toMatchObject({ tokenIds: [1, 3, 4], lossMask: [0, 1, 1] });
    expect(fork).toMatchObject({
      tokenIds: [1, 3, 8, 5],
      lossMask: [0, 0, 0, 1],
      versions: [{ version: 2, start: 3 }],
    });
    expect(others).toEqual([]);
  });

  it('refuse what can not be trained on', () => {
    const positive = { prompt: [1], completion: [2], logprobs: [0.1] };
    expect(() => [...mergeTurns([{ tokens: positive, policyVersion: 1 }])]).toThrow(RangeError);
  });

  it('need no more room than one conversation for 100 turns of 131 072 tokens', () => {
    const reply = Array.from({ length: 1000 }, (_, index) => index % 500);
    const logprobs = reply.map(() => -0.5);
    const observation = Array.from({ length: 310 }, () => 7);
    const turns = Array.from({ length: 100 }, (_, index): SampledTurn => ({
      tokens: { carried: index * 1310, prompt: observation, completion: reply, logprobs },
      policyVersion: index,
    }));
    const [only, ...others] = mergeTurns(turns);
    expect(others).toEqual([]);
    expect(only?.tokenIds).toHaveLength(131_000);
    expect(only?.lossMask.filter((mask) => mask === 1)).toHaveLength(100_000);
  });
});
