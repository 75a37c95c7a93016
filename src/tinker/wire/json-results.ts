import { z } from 'zod';

import type { ForwardBackwardResult, SampleResult } from './tinker-shapes.ts';

// A server writes what is no number as null.
const numberOrNaN = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const forwardBackwardSchema = z.object({
  loss_fn_outputs: z.array(z.record(z.string(), z.object({ data: z.array(numberOrNaN) }))),
  metrics: z.record(z.string(), numberOrNaN).nullish(),
});

/** Throws on what is no result of forward or forward_backward. */
export function readForwardBackwardJson(value: unknown): ForwardBackwardResult {
  const { loss_fn_outputs: outputs, metrics } = forwardBackwardSchema.parse(value);
  return {
    metrics: metrics ?? {},
    outputs: outputs.map((record) =>
      Object.fromEntries(Object.entries(record).map(([name, { data }]) => [name, data])),
    ),
  };
}

const sampleSchema = z.object({
  sequences: z.array(
    z.object({
      stop_reason: z.enum(['stop', 'length']),
      tokens: z.array(z.int()),
      logprobs: z.array(numberOrNaN).nullish(),
    }),
  ),
});

/** Throws on what is no result of asample. */
export function readSampleJson(value: unknown): SampleResult {
  return {
    sequences: sampleSchema.parse(value).sequences.map((sequence) => ({
      stopReason: sequence.stop_reason,
      tokens: sequence.tokens,
      logprobs: sequence.logprobs ?? [],
    })),
  };
}

export const optimStepSchema = z.object({ metrics: z.record(z.string(), numberOrNaN).nullish() });
export const sessionSchema = z.object({ session_id: z.string() });
export const samplingSessionSchema = z.object({ sampling_session_id: z.string() });
export const modelSchema = z.object({ model_id: z.string(), request_id: z.string() });
export const submittedSchema = z.object({ request_id: z.string() });
export const savedSchema = z.object({ path: z.string() });
export const loadedSchema = z.object({ type: z.literal('load_weights').nullish() });
/** The base model that was loaded in truth: another one than was asked for is taken without a word (SkyRL). */
export const createdSchema = z.object({ model_id: z.string().nullish(), base_model: z.string().nullish() });
export const weightsInfoSchema = z.object({ base_model: z.string().nullish(), lora_rank: z.int().nullish() });
export const checkpointsSchema = z.object({
  checkpoints: z.array(z.object({ checkpoint_id: z.string(), checkpoint_type: z.string(), tinker_path: z.string() })),
});
