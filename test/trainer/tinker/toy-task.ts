import type { TokenSequence } from '../../../src/domain/training/sequence.ts';
import type { TrainingStep } from '../../../src/trainer/trainer.ts';
import type { Sampled, SampledSequence } from '../../../src/tinker/wire/tinker-shapes.ts';
import { aTokenSequence, aTrainingStep } from '../a-training-step.ts';

/** A task that a model of random weights learns in a few steps: to say one token among the eight that it says. */
export const TOY_PROMPT = [1, 80, 81, 82];
export const TOY_SAMPLES = 32;
export const TOY_TOKENS = 8;

/** The token that about one reply in five has: it is said often enough to be found, and seldom enough to be learnt. */
export function rareToken(replies: readonly SampledSequence[]): number {
  const shareOf = (token: number) => mean(replies.map(({ tokens }) => (tokens.includes(token) ? 1 : 0)));
  const said = [...new Set(replies.flatMap(({ tokens }) => tokens))].sort((a, b) => a - b);
  const [rare] = said.sort((a, b) => Math.abs(shareOf(a) - 0.2) - Math.abs(shareOf(b) - 0.2));
  if (rare === undefined) throw new Error('a model that says nothing');
  return rare;
}

/** One group: advantages are rewards minus their mean. */
export function toyStep(step: number, replies: readonly SampledSequence[], rewards: readonly number[]): TrainingStep {
  const baseline = mean(rewards);
  const sequences = replies.map((reply, index) =>
    toySequence(`${step}-${index}`, reply, (rewards[index] ?? NaN) - baseline),
  );
  return aTrainingStep(step, sequences, {
    objective: { loss: 'importance_sampling', ratioMin: 0, ratioMax: 0 },
    optimizer: { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 },
    denominator: TOY_SAMPLES * TOY_TOKENS,
  });
}

function toySequence(sequenceId: string, { tokens, logprobs }: SampledSequence, advantage: number): TokenSequence {
  const tokenIds = [...TOY_PROMPT, ...tokens];
  const unsampled = TOY_PROMPT.map(() => 0 as const);
  return aTokenSequence(sequenceId, tokenIds.length, {
    ...{ tokenIds, advantage },
    lossMask: [...unsampled, ...tokens.map(() => 1 as const)],
    logprobs: [...unsampled, ...logprobs],
    versions: [{ version: 0, start: TOY_PROMPT.length, end: tokenIds.length }],
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function sequencesOf(sampled: Sampled): readonly SampledSequence[] {
  if (sampled.outcome === 'sampled') return sampled.sequences;
  throw new Error('the server is full');
}
