import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { TokenSequence } from '../../../src/domain/training/sequence.ts';
import { chunksOfStep } from '../../../src/trainer/tinker/chunks-of-step.ts';
import { sequenceProblem, toDatum } from '../../../src/trainer/tinker/to-datum.ts';
import type { Datum } from '../../../src/tinker/wire/tinker-shapes.ts';
import { aTokenSequence, aTrainingStep } from '../a-training-step.ts';

const token = fc.record({
  id: fc.nat(131_071),
  sampled: fc.boolean(),
  logprob: fc.double({ min: -30, max: 0, noNaN: true }),
});

const sequences: fc.Arbitrary<TokenSequence> = fc
  .record({
    tokens: fc.array(token, { minLength: 2, maxLength: 40 }),
    advantage: fc.double({ min: -2, max: 2, noNaN: true }),
  })
  .map(({ tokens, advantage }) => {
    const lossMask = tokens.map(({ sampled }, index): 0 | 1 => (sampled && index > 0 ? 1 : 0));
    return aTokenSequence('sequence', tokens.length, {
      advantage,
      lossMask,
      tokenIds: tokens.map(({ id }) => id),
      logprobs: tokens.map(({ logprob }, index) => (lossMask[index] === 1 ? logprob : 0)),
    });
  });

const rewarded = { lossFn: 'ppo', divisor: 8, weightsWithAdvantages: true } as const;

describe('a row of a sequence', () => {
  it('reads every token but the last and is judged by every token but the first', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const { tokens, lossInputs } = toDatum(sequence, rewarded);
        expect([...tokens, sequence.tokenIds.at(-1)]).toEqual(sequence.tokenIds);
        expect([sequence.tokenIds[0], ...(lossInputs.target_tokens?.data ?? [])]).toEqual(sequence.tokenIds);
      }),
    );
  });

  it('has its advantage, log-probability and weight just where the target was sampled', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const { lossInputs } = toDatum(sequence, rewarded);
        for (const [index, mask] of sequence.lossMask.slice(1).entries()) {
          expect(lossInputs.advantages?.data[index]).toBe(mask === 1 ? sequence.advantage / 8 : 0);
          expect(lossInputs.logprobs?.data[index]).toBe(mask === 1 ? sequence.logprobs[index + 1] : 0);
          expect(lossInputs.weights?.data[index]).toBe(mask);
        }
      }),
    );
  });

  it('has lists of one length, under every loss', () => {
    fc.assert(
      fc.property(
        sequences,
        fc.constantFrom('cross_entropy', 'importance_sampling', 'ppo', 'cispo'),
        (sequence, lossFn) => {
          const { tokens, lossInputs } = toDatum(sequence, { ...rewarded, lossFn });
          for (const { data } of Object.values(lossInputs)) expect(data).toHaveLength(tokens.length);
        },
      ),
    );
  });

  it('has weights alone when it is supervised, divided like advantages', () => {
    const sequence = aTokenSequence('sequence', 3, { lossMask: [0, 0, 1] });
    const { lossInputs } = toDatum(sequence, { ...rewarded, lossFn: 'cross_entropy' });
    expect(Object.keys(lossInputs)).toEqual(['target_tokens', 'weights']);
    expect(lossInputs.weights?.data).toEqual([0, 0.125]);
  });

  it.each([
    ['of one token', aTokenSequence('one', 1)],
    ['with a mask of another length', aTokenSequence('mask', 3, { lossMask: [0, 1] })],
    ['with log-probabilities of another length', aTokenSequence('logprobs', 3, { logprobs: [0, -1] })],
    ['trained on from its first token', aTokenSequence('first', 2, { lossMask: [1, 1] })],
    ['with an advantage that is no number', aTokenSequence('advantage', 2, { advantage: Number.NaN })],
  ])('is not made of a sequence %s', (_, sequence) => {
    expect(sequenceProblem(sequence)).toBeDefined();
  });
});

describe('the requests of a step', () => {
  it('hold all its rows in order, none more than it may, and are the same each time', async () => {
    const limits = { maxTokens: 60, maxDatums: 3 };
    await fc.assert(
      fc.asyncProperty(fc.array(sequences, { minLength: 1, maxLength: 12 }), async (all) => {
        const step = aTrainingStep(1, all, { denominator: 8 });
        const chunks = await chunksOf(step, limits);
        expect(chunks.flat()).toEqual(all.map((sequence) => toDatum(sequence, rewarded)));
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(limits.maxDatums);
          const tokens = chunk.reduce((sum, datum) => sum + datum.tokens.length, 0);
          expect(chunk.length === 1 || tokens <= limits.maxTokens).toBe(true);
        }
        expect(await chunksOf(step, limits)).toEqual(chunks);
      }),
      { numRuns: 50 },
    );
  });

  it('leave advantages as they are where the server takes means', async () => {
    const step = aTrainingStep(1, [aTokenSequence('one', 2, { advantage: 0.5 })], { denominator: 8 });
    const [[datum] = []] = await chunksOf(step, { maxTokens: 9, maxDatums: 9 }, 'mean');
    expect(datum?.lossInputs.advantages?.data).toEqual([0.5]);
  });

  it('are none of a step that is divided by nothing', async () => {
    const step = aTrainingStep(1, [aTokenSequence('one', 2)], { denominator: 0 });
    await expect(chunksOf(step, { maxTokens: 9, maxDatums: 9 })).rejects.toThrow('divided by 0');
  });
});

async function chunksOf(
  step: ReturnType<typeof aTrainingStep>,
  limits: { maxTokens: number; maxDatums: number },
  reduction: 'sum' | 'mean' = 'sum',
): Promise<readonly (readonly Datum[])[]> {
  const chunks: (readonly Datum[])[] = [];
  for await (const chunk of chunksOfStep(step, { reduction, weightsWithAdvantages: true }, limits)) chunks.push(chunk);
  return chunks;
}
