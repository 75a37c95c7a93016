import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { TokenSequence } from '../../domain/training/sequence.ts';

/**
 * `MicroBatch` of prime-rl v0.8.0 (its `prime_rl.transports.rollouts.types`), a struct whose fields are told by their
 * place. Those that follow these nine have defaults, and are left out: ref_logprobs, routed_experts, mm_kwargs,
 * mm_token_type_ids, rl_weights, ce_weights, ref_kl_weights.
 */
export type MicroBatch = readonly [
  /** Unshifted, one sequence behind another. */
  inputIds: readonly number[],
  /** True where the policy has sampled the token and it is trained on. */
  lossMask: readonly boolean[],
  advantages: readonly number[],
  /** Of this token, not of the next one; 0 where it was not sampled. */
  inferenceLogprobs: readonly number[],
  /** From 0 in each sequence. */
  positionIds: readonly number[],
  sequenceLengths: readonly number[],
  temperatures: readonly number[],
  /** The role, by which the trainer's own metrics are told apart; empty on padding. */
  envNames: readonly string[],
  /** The lengths that attention goes by. */
  seqLens: readonly number[],
];

// As prime-rl pads its own; it is in every vocabulary, and nothing is learnt of it.
const PADDING_ID = 1;

/** Sequences behind one another, and behind them what fills the last multiple: a sequence without a loss. */
export function toMicroBatch(sequences: readonly TokenSequence[], multiple: number): MicroBatch {
  const tokens = sequences.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  const lengths = sequences.map(({ tokenIds }) => tokenIds.length);
  const padding = (multiple - (tokens % multiple)) % multiple;
  for (const sequence of sequences) refuseUnusable(sequence);
  const flat = <Value>(of: (sequence: TokenSequence) => readonly Value[], fill: Value): readonly Value[] => [
    ...sequences.flatMap(of),
    ...repeated(padding, fill),
  ];
  const allLengths = padding === 0 ? lengths : [...lengths, padding];
  return [
    flat(({ tokenIds }) => tokenIds, PADDING_ID),
    flat(({ lossMask }) => lossMask.map((mask) => mask === 1), false),
    flat(({ lossMask, advantage }) => lossMask.map((mask) => (mask === 1 ? advantage : 0)), 0),
    flat(({ lossMask, logprobs }) => lossMask.map((mask, index) => (mask === 1 ? (logprobs[index] ?? 0) : 0)), 0),
    allLengths.flatMap((length) => Array.from({ length }, (_, position) => position)),
    allLengths,
    flat(({ tokenIds, temperature }) => repeated(tokenIds.length, temperature), 1),
    flat(({ tokenIds, role }) => repeated(tokenIds.length, role), ''),
    allLengths,
  ];
}

/** Of which nothing is learnt, for a rank that has one less than another. */
export function paddingBatch(multiple: number): MicroBatch {
  // A single token predicts nothing at all, and kernels are not made for that.
  const nothing: TokenSequence = {
    ...{ kind: 'tokens', sequenceId: '', rolloutId: '', groupId: '', role: 'solver', advantage: 0, temperature: 1 },
    ...{ tokenIds: [PADDING_ID, PADDING_ID], lossMask: [0, 0], logprobs: [0, 0], versions: [] },
  };
  const [inputIds, lossMask, advantages, logprobs, positions, lengths, temperatures, , seqLens] = toMicroBatch(
    [nothing],
    multiple,
  );
  const envNames = repeated(inputIds.length, '');
  return [inputIds, lossMask, advantages, logprobs, positions, lengths, temperatures, envNames, seqLens];
}

/** One NaN makes all weights NaN, and no trainer looks for it. */
function refuseUnusable({ sequenceId, tokenIds, lossMask, logprobs, advantage, temperature }: TokenSequence): void {
  const aligned = lossMask.length === tokenIds.length && logprobs.length === tokenIds.length;
  const finite = [advantage, temperature, ...logprobs.filter((_, index) => lossMask[index] === 1)].every(
    Number.isFinite,
  );
  if (aligned && finite) return;
  throw new TrainerRefusedError(
    `Sequence ${sequenceId} cannot be trained on: ${aligned ? 'an advantage, temperature or log-probability in it is no number' : 'its tokens, mask and log-probabilities are of different lengths'}`,
  );
}

function repeated<Value>(length: number, value: Value): Value[] {
  return Array.from({ length }, () => value);
}
