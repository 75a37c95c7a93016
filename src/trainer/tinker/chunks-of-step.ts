import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { Sequence } from '../../domain/training/sequence.ts';
import type { TrainingStep } from '../trainer.ts';
import { sequenceProblem, toDatum, type DatumOptions } from './to-datum.ts';
import type { Datum } from '../../tinker/wire/tinker-shapes.ts';

export interface ChunkLimits {
  /** A row that is longer goes alone. */
  readonly maxTokens: number;
  readonly maxDatums: number;
}

/**
 * The rows of a step in the manifest's order, as many to a request as it may hold. The same step gives the same requests:
 * a server compares them under their numbers.
 */
export async function* chunksOfStep(
  step: TrainingStep,
  options: Omit<DatumOptions, 'lossFn' | 'divisor'> & { readonly reduction: 'sum' | 'mean' },
  limits: ChunkLimits,
): AsyncGenerator<readonly Datum[]> {
  const { objective, denominator } = step.manifest;
  if (!Number.isFinite(denominator) || denominator <= 0)
    throw new TrainerRefusedError(`step ${step.manifest.step} is divided by ${denominator}`);
  const divisor = options.reduction === 'sum' ? denominator : 1;
  const datumOptions = { ...options, divisor, lossFn: objective.loss };
  let chunk: Datum[] = [];
  let tokens = 0;
  for await (const sequence of step.sequences()) {
    const datum = datumOf(sequence, datumOptions);
    const full = chunk.length >= limits.maxDatums || tokens + datum.tokens.length > limits.maxTokens;
    if (chunk.length > 0 && full) {
      yield chunk;
      chunk = [];
      tokens = 0;
    }
    chunk.push(datum);
    tokens += datum.tokens.length;
  }
  if (chunk.length > 0) yield chunk;
}

function datumOf(sequence: Sequence, options: DatumOptions): Datum {
  const problem = sequence.kind === 'tokens' ? sequenceProblem(sequence) : 'it is made of decisions, not of tokens';
  if (sequence.kind === 'tokens' && problem === undefined) return toDatum(sequence, options);
  throw new TrainerRefusedError(`sequence ${sequence.sequenceId} cannot be trained on: ${problem}`);
}
