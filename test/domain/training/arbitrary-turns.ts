import fc from 'fast-check';

import {
  conversationOf,
  journaledTokens,
  type JournaledTokens,
  type SampledTokens,
} from '../../../src/domain/record/sampled-tokens.ts';
import type { SampledTurn } from '../../../src/domain/training/merge-turns.ts';

// Few ids, so that prompts agree by chance as well as by design.
const ids = (maxLength: number) => fc.array(fc.nat(2), { maxLength });

const logprob = fc.oneof(fc.constant(0), fc.double({ min: -1e6, max: -1e-9, noNaN: true }));

const completion = fc
  .array(fc.tuple(fc.nat(2), logprob), { maxLength: 5 })
  .map((sampled) => ({ completion: sampled.map(([id]) => id), logprobs: sampled.map(([, value]) => value) }));

/** Goes on with the conversation, or departs from it at some place, or cuts it short, or is another one altogether. */
const step = fc.record({
  keep: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
  added: ids(4),
  completion,
  policyVersion: fc.nat(3),
});

export interface WholeTurn {
  readonly tokens: SampledTokens;
  readonly policyVersion: number;
}

/** Turns of a server that names whole prompts, and re-tokenises now and then. */
export const arbitraryTurns: fc.Arbitrary<readonly WholeTurn[]> = fc.array(step, { maxLength: 8 }).map((steps) => {
  let conversation: readonly number[] = [];
  return steps.map(({ keep, added, completion: sampled, policyVersion }) => {
    const prompt = [...conversation.slice(0, Math.round(keep * conversation.length)), ...added];
    conversation = [...prompt, ...sampled.completion];
    return { tokens: { prompt, ...sampled }, policyVersion };
  });
});

/** The same turns as the journal has them. */
export function journaled(turns: readonly WholeTurn[]): readonly SampledTurn[] {
  const kept: JournaledTokens[] = [];
  return turns.map(({ tokens, policyVersion }) => {
    const short = journaledTokens(tokens, conversationOf(kept));
    kept.push(short);
    return { tokens: short, policyVersion };
  });
}
