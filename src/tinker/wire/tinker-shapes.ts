/**
 * What travels between a client and a server of the Tinker protocol, whatever it is written as: JSON, or protobuf for
 * tensors (docs/training.md, "Tinker"). Names of routes and fields follow the SDK `tinker` 0.25 and SkyRL 0.3 and 0.4.
 */
export interface Tensor {
  readonly dtype: 'int64' | 'float32';
  readonly data: readonly number[];
}

/** One training row. Position i of `tokens` predicts position i of `target_tokens`; all tensors are as long. */
export interface Datum {
  readonly tokens: readonly number[];
  readonly lossInputs: Readonly<Record<string, Tensor>>;
}

export type LossFn = 'cross_entropy' | 'importance_sampling' | 'ppo' | 'cispo';

export interface ForwardBackward {
  readonly modelId: string;
  /** From 1, without gaps over all commands of a model; what makes a repetition harmless. */
  readonly seqId: number;
  readonly data: readonly Datum[];
  readonly lossFn: LossFn;
  readonly lossConfig?: Readonly<Record<string, number>> | undefined;
  /** Log-probabilities alone, no gradient. */
  readonly forwardOnly: boolean;
}

/** A number that the server could not give (JSON's null) is NaN. */
export interface ForwardBackwardResult {
  /** One record for each datum: `logprobs`, and what else the loss gives, as `elementwise_loss`. */
  readonly outputs: readonly Readonly<Record<string, readonly number[]>>[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface AdamParams {
  readonly learning_rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
}

/** `tinker://MODEL/NAME` of saved sampler weights, or the base model's name. */
export type SampledModel = { readonly path: string } | { readonly base: string };

export interface SampleRequest {
  /** The weights themselves, or a sampling session that is of them, with the next of its numbers. */
  readonly model: SampledModel | { readonly samplingSessionId: string; readonly seqId: number };
  readonly prompt: readonly number[];
  readonly samples: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  /** -1 for all. */
  readonly topK: number;
  readonly seed: number;
  /** Never empty: the end token of a model does not end a sample by itself. */
  readonly stop: readonly number[] | readonly string[];
}

export interface SampledSequence {
  readonly stopReason: 'stop' | 'length';
  /** The stop token is the last of them. */
  readonly tokens: readonly number[];
  /** At temperature 1, whatever was asked for. */
  readonly logprobs: readonly number[];
}

export interface SampleResult {
  readonly sequences: readonly SampledSequence[];
}

/** A server that has too much to do says so before it takes a question. */
export type Sampled =
  | ({ readonly outcome: 'sampled' } & SampleResult)
  | { readonly outcome: 'full'; readonly retryAfterMs: number | undefined };

/** How requests and results with tensors are written. */
export type Wire = 'json' | 'protobuf';
