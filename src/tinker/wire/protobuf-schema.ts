import protobuf from 'protobufjs';

/** The part of `tinker_public.proto` (SDK `tinker` 0.25.0) that text needs. Field numbers are the contract. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package tinker_public;

  enum StopReason { STOP_REASON_STOP = 0; STOP_REASON_LENGTH = 1; }
  enum DType { DTYPE_UNSPECIFIED = 0; DTYPE_FLOAT32 = 1; DTYPE_INT64 = 2; DTYPE_INT32 = 3; DTYPE_BFLOAT16 = 4; }

  message ForwardBackwardRequest {
    string model_id = 1;
    int32 seq_id = 2;
    repeated Datum data = 3;
    string loss_fn = 4;
    map<string, double> loss_fn_config = 5;
    bool forward_only = 6;
  }
  message Datum { repeated Chunk model_input = 1; map<string, Tensor> loss_fn_inputs = 2; }
  message Chunk { EncodedTextChunk encoded_text = 1; }
  message EncodedTextChunk { bytes tokens = 1; }
  message Tensor { bytes dense = 1; DType dtype = 3; repeated int64 shape = 4; }

  message ForwardBackwardOutput {
    string loss_fn_output_type = 1;
    repeated ArrayRecord loss_fn_outputs = 2;
    map<string, double> metrics = 3;
  }
  message ArrayRecord { string type_tag = 1; map<string, BatchedTensor> fields = 2; int64 num_datums = 3; }
  message BatchedTensor { bytes data = 1; bytes offsets = 2; DType dtype = 3; repeated int64 trailing_shape = 4; }

  message SampleResponse { repeated SampledSequence sequences = 1; }
  message SampledSequence { StopReason stop_reason = 1; bytes tokens = 2; optional bytes logprobs = 3; }
`);

export type MessageName = 'ForwardBackwardRequest' | 'ForwardBackwardOutput' | 'SampleResponse';

export function encodeMessage(name: MessageName, value: Readonly<Record<string, unknown>>): Uint8Array {
  return typeOf(name).encode(value).finish();
}

/** Plain values: absent fields as their defaults, int64 as a number. Throws on bytes that are no such message. */
export function decodeMessage(name: MessageName, bytes: Uint8Array): unknown {
  const type = typeOf(name);
  return type.toObject(type.decode(bytes), { defaults: true, longs: Number, enums: Number });
}

function typeOf(name: MessageName): protobuf.Type {
  return root.lookupType(`tinker_public.${name}`);
}
