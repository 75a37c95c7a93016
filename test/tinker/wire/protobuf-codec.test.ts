import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';
import { z } from 'zod';

import {
  decodeForwardBackwardOutput,
  decodeSampleResponse,
  encodeForwardBackward,
} from '../../../src/tinker/wire/protobuf-codec.ts';
import { decodeMessage } from '../../../src/tinker/wire/protobuf-schema.ts';

const messages = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync(new URL('../recorded/protobuf-0.25.json', import.meta.url), 'utf8')));
const bytesOf = (name: string) => Buffer.from(messages[name] ?? '', 'hex');

it('writes a request as the SDK does', () => {
  const float32 = (...data: number[]) => ({ dtype: 'float32' as const, data });
  const request = encodeForwardBackward({
    ...{ modelId: 'model_50817390', seqId: 3, lossFn: 'ppo', forwardOnly: true },
    lossConfig: { clip_low_threshold: 0.8, clip_high_threshold: 1.28 },
    data: [
      {
        tokens: [1, 80, 131_071],
        lossInputs: {
          target_tokens: { dtype: 'int64', data: [80, 131_071, 2] },
          logprobs: float32(0, -8.5, -0.25),
          advantages: float32(0, 0.1, 0.1),
          weights: float32(0, 1, 1),
        },
      },
    ],
  });
  // The order of a map's entries is free.
  expect(decodeMessage('ForwardBackwardRequest', request)).toEqual(
    decodeMessage('ForwardBackwardRequest', bytesOf('ForwardBackwardRequest')),
  );
  expect(request.length).toBe(bytesOf('ForwardBackwardRequest').length);
});

it('reads losses as the SDK writes them, of whatever precision, with what is no number', () => {
  expect(decodeForwardBackwardOutput(bytesOf('ForwardBackwardOutput'))).toEqual({
    outputs: [
      { logprobs: [-1.5, -2.5], elementwise_loss: [-1.5, 2.5] },
      { logprobs: [Number.NaN], elementwise_loss: [1] },
    ],
    metrics: { 'total_loss:sum': -1.5 },
  });
});

it('reads samples as the SDK writes them, with and without log-probabilities', () => {
  expect(decodeSampleResponse(bytesOf('SampleResponse'))).toEqual({
    sequences: [
      { stopReason: 'stop', tokens: [64, 2], logprobs: [-5, -0.5] },
      { stopReason: 'length', tokens: [98], logprobs: [] },
    ],
  });
});

it('throws on bytes that are no such message', () => {
  expect(() => decodeForwardBackwardOutput(Buffer.from('<html>'))).toThrow();
});
