import { encodeForwardBackwardOutput, encodeSampleResponse } from './fake-protobuf.ts';
import { forwardBackwardResultJson, sampleResultJson } from './fake-json.ts';
import type { Wire } from '../wire/tinker-shapes.ts';
import type { FakeResult } from './fake-engine.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export function jsonAnswer(value: object, status = 200): FakeAnswer {
  return { status, contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

export function refusal(status: number, detail: unknown): FakeAnswer {
  return jsonAnswer({ detail }, status);
}

export const NO_CONTENT: FakeAnswer = { status: 204, contentType: '', body: Buffer.alloc(0) };

/** A failed command is 400 when its result is asked for. */
export function resultAnswer(result: FakeResult, wire: Wire): FakeAnswer {
  switch (result.kind) {
    case 'failed':
      return refusal(400, result.detail);
    case 'json':
      return jsonAnswer(result.value);
    case 'loss':
      return wire === 'json'
        ? jsonAnswer(forwardBackwardResultJson(result.value))
        : protobufAnswer(encodeForwardBackwardOutput(result.value));
    case 'sample':
      return wire === 'json'
        ? jsonAnswer(sampleResultJson(result.value))
        : protobufAnswer(encodeSampleResponse(result.value));
  }
}

function protobufAnswer(body: Uint8Array): FakeAnswer {
  return { status: 200, contentType: 'application/x-protobuf', body };
}
