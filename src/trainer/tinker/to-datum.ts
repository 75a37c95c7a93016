import type { TokenSequence } from '../../domain/training/sequence.ts';
import type { Datum, LossFn, Tensor } from '../../tinker/wire/tinker-shapes.ts';

export interface DatumOptions {
  readonly lossFn: LossFn;
  /** What advantages (or weights of supervised sequences) are divided by: the step's denominator, or 1. */
  readonly divisor: number;
  readonly weightsWithAdvantages: boolean;
}

/**
 * A sequence as a training row: position i reads token i and is judged by token i + 1, so a sequence of n tokens is a row
 * of n - 1. What was not sampled has log-probability, advantage and weight 0.
 */
export function toDatum(sequence: TokenSequence, { lossFn, divisor, weightsWithAdvantages }: DatumOptions): Datum {
  const { tokenIds, logprobs, advantage } = sequence;
  const mask = sequence.lossMask.slice(1);
  const target_tokens: Tensor = { dtype: 'int64', data: tokenIds.slice(1) };
  const tokens = tokenIds.slice(0, -1);
  if (lossFn === 'cross_entropy')
    return { tokens, lossInputs: { target_tokens, weights: whereSampled(mask, () => 1 / divisor) } };
  return {
    tokens,
    lossInputs: {
      target_tokens,
      logprobs: whereSampled(mask, (index) => logprobs[index + 1] ?? Number.NaN),
      advantages: whereSampled(mask, () => advantage / divisor),
      ...(weightsWithAdvantages ? { weights: whereSampled(mask, () => 1) } : {}),
    },
  };
}

function whereSampled(mask: readonly (0 | 1)[], valueAt: (index: number) => number): Tensor {
  return { dtype: 'float32', data: mask.map((sampled, index) => (sampled === 1 ? valueAt(index) : 0)) };
}

/** Why a sequence cannot be a training row; undefined where it can. */
export function sequenceProblem({ tokenIds, lossMask, logprobs, advantage }: TokenSequence): string | undefined {
  if (tokenIds.length < 2) return `it has ${tokenIds.length} tokens, and the first is never trained on`;
  if (lossMask.length !== tokenIds.length) return `${lossMask.length} mask entries for ${tokenIds.length} tokens`;
  if (logprobs.length !== tokenIds.length) return `${logprobs.length} log-probabilities for ${tokenIds.length} tokens`;
  if (lossMask[0] !== 0) return 'its first token is marked as trained on, and nothing predicts it';
  return Number.isFinite(advantage) ? undefined : `its advantage is ${advantage}`;
}
