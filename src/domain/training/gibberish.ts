import type { TokenSequence } from './sequence.ts';

/** When a sampled token is taken for gibberish; of the CWM recipe as others describe it (docs/specification.md#training). */
export interface GibberishRule {
  /** Tokens of the vocabulary. */
  readonly vocabulary: number;
  /** Only tokens above it: rare ones, which stand at the end of a vocabulary. */
  readonly aboveTokenId: number;
  /** How far below a blind guess, in nats. */
  readonly margin: number;
}

/**
 * The first sampled token of a rare id that was less likely than a blind guess by a margin: the text has come apart, and
 * what is learned from it would take the policy apart. Undefined where there is none.
 */
export function gibberishAt(
  { tokenIds, lossMask, logprobs }: Pick<TokenSequence, 'tokenIds' | 'lossMask' | 'logprobs'>,
  { vocabulary, aboveTokenId, margin }: GibberishRule,
): number | undefined {
  const bound = -Math.log(vocabulary) - margin;
  const index = tokenIds.findIndex(
    (id, position) => lossMask[position] === 1 && id > aboveTokenId && (logprobs[position] ?? 0) < bound,
  );
  return index === -1 ? undefined : index;
}
