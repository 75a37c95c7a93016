import { z } from 'zod';

import { TrainerLostError } from '../../domain/failure/errors.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { adamStep, untrained } from '../../domain/training/adam.ts';
import type { EmbeddedWeights, LogLinearWeights } from '../../domain/training/log-linear-weights.ts';
import { createGradientSum } from '../../domain/training/policy-gradient.ts';
import type { TrainedStep, Trainer, TrainerSession, TrainingStep } from '../trainer.ts';

/** Where weights are kept, by content: the same weights are one blob, whoever puts them. */
export interface WeightBlobs {
  put(content: Uint8Array): Promise<BlobRef>;
  get(ref: BlobRef): Promise<Uint8Array>;
}

/**
 * Policy gradient on the log-linear policy (docs/training.md#embedded). A step is a pure function of the weights before it
 * and its manifest, and what it leaves is named by its content: it may be made again by anybody, at any time, and killed
 * between any two writes.
 */
export function createEmbeddedTrainer(blobs: WeightBlobs, startingWeights: LogLinearWeights): Trainer {
  const put = async (weights: EmbeddedWeights) => blobs.put(Buffer.from(JSON.stringify(weights)));
  const get = async (session: TrainerSession) => readWeights(blobs, weightsOf(session));
  return {
    name: 'embedded',
    takes: 'decisions',
    open: async () => ({ weights: await put(untrained(startingWeights)) }),
    resume: async (_runId, checkpoint) => {
      await get(checkpoint);
      return checkpoint;
    },
    trainStep: async (session, step, { signal }): Promise<TrainedStep> => {
      const before = await get(session);
      const { after, metrics } = await stepFrom(before, step, signal);
      return { session: { weights: await put(after) }, metrics };
    },
    checkpoint: (session) => Promise.resolve({ session, kept: session }),
    publish: (session, version) =>
      Promise.resolve({ session, kept: { kind: 'embedded', version, ...weightsOf(session) } }),
    // A version that was published is what a rollout's record names.
    removeCheckpoint: () => Promise.resolve(),
  };
}

async function stepFrom(
  before: EmbeddedWeights,
  { manifest, sequences }: TrainingStep,
  signal: AbortSignal,
): Promise<{ readonly after: EmbeddedWeights; readonly metrics: Readonly<Record<string, number>> }> {
  const sum = createGradientSum(before.weights, manifest.objective);
  for await (const sequence of sequences()) {
    signal.throwIfAborted();
    if (sequence.kind !== 'decisions') throw new RangeError(`sequence ${sequence.sequenceId} holds no decisions`);
    sum.add(sequence);
  }
  const { gradient, decisions, clipped, divergence } = sum.total();
  const mean = Object.fromEntries(
    Object.entries(gradient).map(([name, row]) => [name, row.map((slope) => slope / manifest.denominator)]),
  );
  const after = adamStep(before, mean, manifest.optimizer);
  const metrics = {
    gradientNorm: normOf(mean),
    updateNorm: normOf(differenceOf(after.weights, before.weights)),
    clippedShare: decisions === 0 ? 0 : clipped / decisions,
    divergence: decisions === 0 ? 0 : divergence / decisions,
  };
  return { after, metrics };
}

const sessionSchema = z.object({ weights: z.object({ sha256: z.string(), bytes: z.number() }) });

function weightsOf(session: TrainerSession): BlobRef {
  return sessionSchema.parse(session).weights;
}

async function readWeights(blobs: WeightBlobs, ref: BlobRef): Promise<EmbeddedWeights> {
  const text = Buffer.from(await blobs.get(ref)).toString('utf8');
  const weights = weightsSchema.safeParse(JSON.parse(text));
  if (weights.success) return weights.data;
  throw new TrainerLostError(`blob ${ref.sha256} holds no weights: ${z.prettifyError(weights.error)}`);
}

const table = z.record(z.string(), z.array(z.number()));
const weightsSchema = z.object({
  format: z.literal('embedded-weights-1'),
  weights: table,
  optimizer: z.object({ steps: z.int().min(0), first: table, second: table }),
});

function differenceOf(one: LogLinearWeights, other: LogLinearWeights): LogLinearWeights {
  return Object.fromEntries(
    Object.entries(one).map(([name, row]) => [name, row.map((weight, index) => weight - (other[name]?.[index] ?? 0))]),
  );
}

function normOf(weights: LogLinearWeights): number {
  return Math.sqrt(
    Object.values(weights).reduce((sum, row) => sum + row.reduce((part, one) => part + one * one, 0), 0),
  );
}
