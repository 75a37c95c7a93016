import { z } from 'zod';

import { decodeMessage, encodeMessage } from './protobuf-schema.ts';
import { DTYPE, float32Bytes, int32Bytes, int64Bytes, itemBytes, numbersOf } from './tensor-bytes.ts';
import type { ForwardBackward, ForwardBackwardResult, SampleResult, Tensor } from './tinker-shapes.ts';

/** The body of `POST /forward_backward` as SkyRL 0.4 takes it. Numbers are rounded to float32. */
export function encodeForwardBackward(request: ForwardBackward): Uint8Array {
  return encodeMessage('ForwardBackwardRequest', {
    modelId: request.modelId,
    seqId: request.seqId,
    lossFn: request.lossFn,
    lossFnConfig: request.lossConfig ?? {},
    forwardOnly: request.forwardOnly,
    data: request.data.map(({ tokens, lossInputs }) => ({
      modelInput: [{ encodedText: { tokens: int32Bytes(tokens) } }],
      lossFnInputs: Object.fromEntries(
        Object.entries(lossInputs).map(([name, tensor]) => [name, tensorMessage(tensor)]),
      ),
    })),
  });
}

function tensorMessage({ dtype, data }: Tensor): object {
  return {
    dense: dtype === 'int64' ? int64Bytes(data) : float32Bytes(data),
    dtype: DTYPE[dtype],
    shape: [data.length],
  };
}

const bytes = z.instanceof(Uint8Array);
const batchedTensor = z.object({ data: bytes, offsets: bytes, dtype: z.int() });
type BatchedTensor = z.infer<typeof batchedTensor>;

// Infinity and NaN travel, and zod's own number is a finite one.
const anyNumber = z.custom<number>((value) => typeof value === 'number');

const outputSchema = z.object({
  lossFnOutputs: z.array(z.object({ fields: z.record(z.string(), batchedTensor), numDatums: z.int() })),
  metrics: z.record(z.string(), anyNumber),
});

/** Reads a `ForwardBackwardOutput`, of which each field holds the arrays of all datums. Throws on anything else. */
export function decodeForwardBackwardOutput(body: Uint8Array): ForwardBackwardResult {
  const { lossFnOutputs, metrics } = outputSchema.parse(decodeMessage('ForwardBackwardOutput', body));
  return {
    metrics,
    outputs: lossFnOutputs.flatMap(({ fields, numDatums }) => {
      const columns = Object.entries(fields).map(([name, tensor]) => [name, rowsOf(tensor)] as const);
      const rows = Math.max(numDatums, ...columns.map(([, column]) => column.length));
      return Array.from({ length: rows }, (_, row) =>
        Object.fromEntries(columns.map(([name, column]) => [name, column[row] ?? []])),
      );
    }),
  };
}

/** `offsets` are byte offsets into `data`, one more than there are datums. */
function rowsOf({ data, offsets, dtype }: BatchedTensor): number[][] {
  const numbers = numbersOf(data, dtype);
  const bounds = numbersOf(offsets, DTYPE.int64).map((offset) => offset / itemBytes(dtype));
  return bounds.slice(1).map((end, index) => numbers.slice(bounds[index], end));
}

const STOP_REASON_LENGTH = 1;

const sampleSchema = z.object({
  sequences: z.array(z.object({ stopReason: z.int(), tokens: bytes, logprobs: bytes.optional() })),
});

/** Reads a `SampleResponse`. Throws on anything else. */
export function decodeSampleResponse(body: Uint8Array): SampleResult {
  const { sequences } = sampleSchema.parse(decodeMessage('SampleResponse', body));
  return {
    sequences: sequences.map(({ stopReason, tokens, logprobs }) => ({
      stopReason: stopReason === STOP_REASON_LENGTH ? 'length' : 'stop',
      tokens: numbersOf(tokens, DTYPE.int32),
      logprobs: logprobs === undefined ? [] : numbersOf(logprobs, DTYPE.float32),
    })),
  };
}
