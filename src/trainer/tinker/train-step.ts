import { TrainerLostError } from '../../domain/failure/errors.ts';
import type { Objective, Optimizer } from '../../domain/training/training-step.ts';
import type { TrainedStep, TrainerCall, TrainingStep } from '../trainer.ts';
import { chunksOfStep } from './chunks-of-step.ts';
import { createStepMetrics, isPoisoned } from './step-metrics.ts';
import type { TinkerParts } from './tinker-options.ts';
import type { TinkerSession } from './tinker-session.ts';
import type { AdamParams, Datum, ForwardBackward, ForwardBackwardResult } from '../../tinker/wire/tinker-shapes.ts';

// As JSON a token is some 51 bytes, and SkyRL's SQLite takes a request as one value: 2 million are 100 MB.
const MAX_TOKENS = 2_000_000;
// What miles takes at most.
const MAX_DATUMS = 1024;

/**
 * One optimizer step: the rows in as many requests as they need, then the step. A request follows the result of the one
 * before it: one that is refused fails all that the server has picked up with it (SkyRL).
 */
export async function trainStep(
  { client, options, differences }: TinkerParts,
  { session, step }: { session: TinkerSession; step: TrainingStep },
  call: TrainerCall,
): Promise<TrainedStep> {
  const { modelId, wire } = session;
  const { step: number, objective, optimizer } = step.manifest;
  const metrics = createStepMetrics();
  let seqId = session.nextSeqId;
  for await (const data of chunksOfStep(step, { ...options, ...differences }, limitsOf(options))) {
    call.say(`step ${number}: request ${seqId - session.nextSeqId + 1} with ${data.length} sequences`);
    const request = { modelId, seqId, data, ...lossOf(objective), forwardOnly: false };
    const result = await client.forwardBackward(request, wire, call.signal);
    throwIfPoisoned(`step ${number} on ${modelId}`, data, result);
    metrics.add(data, result);
    seqId += 1;
  }
  if (seqId === session.nextSeqId) throw new RangeError(`step ${number} has no sequences`);
  call.say(`step ${number}: optimizer`);
  const stepped = await client.optimStep({ modelId, seqId, adam: adamOf(optimizer) }, call.signal);
  const { sound, unsound } = separated(stepped);
  if (unsound.some((name) => name.includes('grad_norm')))
    throw new TrainerLostError(`step ${number} on ${modelId}: the gradient is no number any more`);
  return { session: { ...session, nextSeqId: seqId + 1 }, metrics: { ...metrics.read(), ...sound } };
}

function limitsOf({ maxTokensPerRequest, maxDatumsPerRequest }: TinkerParts['options']) {
  return { maxTokens: maxTokensPerRequest ?? MAX_TOKENS, maxDatums: maxDatumsPerRequest ?? MAX_DATUMS };
}

/** The bounds of the ratio are sent as they are: the protocol's thresholds are ratios too. */
function lossOf({ loss, ratioMin, ratioMax }: Objective): Pick<ForwardBackward, 'lossFn' | 'lossConfig'> {
  if (loss !== 'ppo' && loss !== 'cispo') return { lossFn: loss };
  return { lossFn: loss, lossConfig: { clip_low_threshold: ratioMin, clip_high_threshold: ratioMax } };
}

function adamOf({ learningRate, beta1, beta2, epsilon, weightDecay }: Optimizer): AdamParams {
  return { learning_rate: learningRate, beta1, beta2, eps: epsilon, weight_decay: weightDecay };
}

/** A gradient that is no number cannot be taken back: only a checkpoint mends the model, so no step is taken with it. */
function throwIfPoisoned(what: string, data: readonly Datum[], result: ForwardBackwardResult): void {
  if (isPoisoned(data, result)) throw new TrainerLostError(`${what}: log-probabilities are no numbers any more`);
}

function separated(metrics: Readonly<Record<string, number>>) {
  const entries = Object.entries(metrics);
  return {
    sound: Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value))),
    unsound: entries.flatMap(([name, value]) => (Number.isFinite(value) ? [] : [name])),
  };
}
