import { z } from 'zod';

import type {
  Datum,
  ForwardBackward,
  ForwardBackwardResult,
  SampleRequest,
  SampleResult,
  Tensor,
} from '../wire/tinker-shapes.ts';
import { lossFnSchema } from './fake-protobuf.ts';

/** The server's half of the JSON format, with what SkyRL fills in. */
const numbers = z.array(z.number());
const modelInput = z.object({ chunks: z.array(z.object({ tokens: z.array(z.int()) })) });

const inputSchema = z.object({
  data: z.array(
    z.object({
      model_input: modelInput,
      loss_fn_inputs: z.record(z.string(), z.object({ data: numbers, dtype: z.enum(['int64', 'float32']).optional() })),
    }),
  ),
  loss_fn: lossFnSchema,
  loss_fn_config: z.record(z.string(), z.number()).optional(),
});

const forwardBackwardSchema = z
  .object({ model_id: z.string(), seq_id: z.int().default(0) })
  .and(z.union([z.object({ forward_backward_input: inputSchema }), z.object({ forward_input: inputSchema })]));

export const forwardBackwardJson = forwardBackwardSchema.transform((body): ForwardBackward => {
  const input = 'forward_input' in body ? body.forward_input : body.forward_backward_input;
  return {
    modelId: body.model_id,
    seqId: body.seq_id,
    lossFn: input.loss_fn,
    lossConfig: input.loss_fn_config,
    forwardOnly: 'forward_input' in body,
    data: input.data.map(({ model_input, loss_fn_inputs }): Datum => ({
      tokens: model_input.chunks.flatMap(({ tokens }) => tokens),
      lossInputs: tensorsOf(loss_fn_inputs),
    })),
  };
});

/** A dtype may be left out. */
function tensorsOf(inputs: Readonly<Record<string, { data: number[]; dtype?: Tensor['dtype'] | undefined }>>) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, dtype }]) => [
      name,
      { data, dtype: dtype ?? (name === 'target_tokens' ? ('int64' as const) : ('float32' as const)) },
    ]),
  );
}

export const sampleJson = z
  .object({
    num_samples: z.int().default(1),
    prompt: modelInput,
    model_path: z.string().optional(),
    base_model: z.string().optional(),
    sampling_session_id: z.string().optional(),
    seq_id: z.int().optional(),
    sampling_params: z.object({
      max_tokens: z.int(),
      seed: z.int().default(0),
      stop: z.union([z.array(z.int()), z.array(z.string())]).default([]),
    }),
  })
  .transform((body): SampleRequest => ({
    model: sampledModelOf(body),
    prompt: body.prompt.chunks.flatMap(({ tokens }) => tokens),
    samples: body.num_samples,
    maxTokens: body.sampling_params.max_tokens,
    temperature: 1,
    topP: 1,
    topK: -1,
    seed: body.sampling_params.seed,
    stop: body.sampling_params.stop,
  }));

function sampledModelOf(body: {
  readonly model_path?: string | undefined;
  readonly base_model?: string | undefined;
  readonly sampling_session_id?: string | undefined;
  readonly seq_id?: number | undefined;
}): SampleRequest['model'] {
  const { model_path: path, base_model: base = '', sampling_session_id: samplingSessionId, seq_id: seqId = 0 } = body;
  if (samplingSessionId !== undefined) return { samplingSessionId, seqId };
  return path === undefined ? { base } : { path };
}

export function forwardBackwardResultJson({ outputs, metrics }: ForwardBackwardResult): object {
  return {
    loss_fn_output_type: 'scalar',
    loss_fn_outputs: outputs.map((output) =>
      Object.fromEntries(
        Object.entries(output).map(([name, data]) => [name, { data, dtype: 'float32', shape: [data.length] }]),
      ),
    ),
    metrics,
  };
}

export function sampleResultJson({ sequences }: SampleResult): object {
  return {
    sequences: sequences.map(({ stopReason, tokens, logprobs }) => ({ stop_reason: stopReason, tokens, logprobs })),
  };
}
