import { z } from 'zod';

import { decodeMessage, encodeMessage } from '../wire/protobuf-schema.ts';
import { DTYPE, float32Bytes, int32Bytes, int64Bytes, numbersOf } from '../wire/tensor-bytes.ts';
import type { ForwardBackward, ForwardBackwardResult, LossFn, SampleResult } from '../wire/tinker-shapes.ts';

/** The server's half of the protobuf format: reads what a client sends, writes what a server answers. */
const bytes = z.instanceof(Uint8Array);
export const lossFnSchema: z.ZodType<LossFn> = z.enum(['cross_entropy', 'importance_sampling', 'ppo', 'cispo']);

const requestSchema = z.object({
  modelId: z.string(),
  seqId: z.int(),
  lossFn: lossFnSchema,
  lossFnConfig: z.record(z.string(), z.number()),
  forwardOnly: z.boolean(),
  data: z.array(
    z.object({
      modelInput: z.array(z.object({ encodedText: z.object({ tokens: bytes }) })),
      lossFnInputs: z.record(z.string(), z.object({ dense: bytes, dtype: z.int() })),
    }),
  ),
});

export function decodeForwardBackward(body: Uint8Array): ForwardBackward {
  const { lossFnConfig, data, ...rest } = requestSchema.parse(decodeMessage('ForwardBackwardRequest', body));
  return {
    ...rest,
    ...(Object.keys(lossFnConfig).length === 0 ? {} : { lossConfig: lossFnConfig }),
    data: data.map(({ modelInput, lossFnInputs }) => ({
      tokens: modelInput.flatMap(({ encodedText }) => numbersOf(encodedText.tokens, DTYPE.int32)),
      lossInputs: Object.fromEntries(
        Object.entries(lossFnInputs).map(([name, { dense, dtype }]) => [
          name,
          { dtype: dtype === DTYPE.int64 ? ('int64' as const) : ('float32' as const), data: numbersOf(dense, dtype) },
        ]),
      ),
    })),
  };
}

/** One record with the arrays of all rows, as SkyRL 0.4 sends it. */
export function encodeForwardBackwardOutput({ outputs, metrics }: ForwardBackwardResult): Uint8Array {
  const names = [...new Set(outputs.flatMap((output) => Object.keys(output)))];
  const fields = names.map((name) => {
    const rows = outputs.map((output) => output[name] ?? []);
    const offsets = rows.reduce<number[]>((all, row) => [...all, (all.at(-1) ?? 0) + 4 * row.length], [0]);
    return [name, { data: float32Bytes(rows.flat()), offsets: int64Bytes(offsets), dtype: DTYPE.float32 }] as const;
  });
  return encodeMessage('ForwardBackwardOutput', {
    lossFnOutputType: 'scalar',
    lossFnOutputs: [{ typeTag: 'scalar', fields: Object.fromEntries(fields), numDatums: outputs.length }],
    metrics,
  });
}

export function encodeSampleResponse({ sequences }: SampleResult): Uint8Array {
  return encodeMessage('SampleResponse', {
    sequences: sequences.map(({ stopReason, tokens, logprobs }) => ({
      stopReason: stopReason === 'length' ? 1 : 0,
      tokens: int32Bytes(tokens),
      logprobs: float32Bytes(logprobs),
    })),
  });
}
