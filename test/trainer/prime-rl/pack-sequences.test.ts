import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenSequence } from '../../../src/domain/training/sequence.ts';
import { packSequences, type Packing } from '../../../src/trainer/prime-rl/pack-sequences.ts';
import { aTokenSequence } from '../a-training-step.ts';

async function* each(lengths: readonly number[], pulled: string[] = []): AsyncGenerator<TokenSequence> {
  for (const [index, length] of lengths.entries()) {
    pulled.push(`${index}`);
    yield await Promise.resolve(aTokenSequence(`${index}`, length));
  }
}

async function packed(lengths: readonly number[], packing: Packing): Promise<readonly (readonly number[])[]> {
  const bins: number[][] = [];
  for await (const bin of packSequences(each(lengths), packing)) bins.push(bin.map(({ tokenIds }) => tokenIds.length));
  return bins;
}

describe('packing', () => {
  it('puts the longest first, each where it fits first', async () => {
    const packing = { binTokens: 10, windowTokens: 1000 };
    expect(await packed([3, 8, 5, 2, 4, 6, 1], packing)).toEqual([
      [8, 2],
      [6, 4],
      [5, 3, 1],
    ]);
  });

  it('looks at a window at a time, and takes the emptiest bin along', async () => {
    const packing = { binTokens: 10, windowTokens: 10 };
    expect(await packed([9, 9, 2, 8, 1, 7, 3], packing)).toEqual([[9], [9], [8, 2], [7, 3], [1]]);
  });

  it('reads no further than a window and a bin', async () => {
    const pulled: string[] = [];
    const bins = packSequences(
      each(
        Array.from({ length: 1000 }, () => 5),
        pulled,
      ),
      { binTokens: 10, windowTokens: 40 },
    );
    await bins.next();
    await bins.return(undefined);
    expect(pulled.length).toBe(10);
  });

  it('keeps every sequence, in bins that hold it', async () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 16, max: 64 }), async (given, windowTokens) => {
        const bins = await packed(given, { binTokens: 16, windowTokens });
        const descending = (one: number, other: number) => other - one;
        expect(bins.flat().sort(descending)).toEqual([...given].sort(descending));
        for (const bin of bins) expect(bin.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(16);
      }),
    );
  });
});
