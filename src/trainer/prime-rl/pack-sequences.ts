import type { TokenSequence } from '../../domain/training/sequence.ts';

export interface Packing {
  /** Most tokens of a bin. */
  readonly binTokens: number;
  /** How many tokens are looked at together; at least those of a bin. */
  readonly windowTokens: number;
}

/**
 * Puts sequences into bins, in the order in which they come and without a draw: the same sequences fill the same bins.
 *
 * First-fit-decreasing over a window at a time. The emptiest bin of a window goes into the next one, so that only the
 * last window leaves one that is hardly filled. In memory: a window's sequences and a bin's beyond it.
 */
export async function* packSequences(
  sequences: AsyncIterable<TokenSequence>,
  { binTokens, windowTokens }: Packing,
): AsyncGenerator<readonly TokenSequence[]> {
  let window: TokenSequence[] = [];
  let tokens = 0;
  for await (const sequence of sequences) {
    window.push(sequence);
    tokens += sequence.tokenIds.length;
    if (tokens < windowTokens + binTokens) continue;
    const bins = firstFitDecreasing(window, binTokens);
    const emptiest = bins.reduce((least, bin) => (bin.tokens < least.tokens ? bin : least));
    for (const bin of bins) if (bin !== emptiest) yield bin.sequences;
    window = [...emptiest.sequences];
    tokens = emptiest.tokens;
  }
  for (const bin of firstFitDecreasing(window, binTokens)) yield bin.sequences;
}

interface Bin {
  readonly sequences: TokenSequence[];
  tokens: number;
}

function firstFitDecreasing(sequences: readonly TokenSequence[], binTokens: number): Bin[] {
  const bins: Bin[] = [];
  // Stable: of equally long ones, the one that came first goes first.
  for (const sequence of [...sequences].sort((one, other) => other.tokenIds.length - one.tokenIds.length)) {
    const length = sequence.tokenIds.length;
    const bin = bins.find(({ tokens }) => tokens + length <= binTokens);
    if (bin === undefined) bins.push({ sequences: [sequence], tokens: length });
    else {
      bin.sequences.push(sequence);
      bin.tokens += length;
    }
  }
  return bins;
}
