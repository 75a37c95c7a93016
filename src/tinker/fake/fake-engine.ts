import { seededDraw } from '../../domain/draw/seeded-draw.ts';
import { indexOfDraw } from '../../domain/training/log-linear.ts';
import type {
  AdamParams,
  Datum,
  ForwardBackward,
  ForwardBackwardResult,
  SampledSequence,
  SampleRequest,
  SampleResult,
} from '../wire/tinker-shapes.ts';
import { fakeLoss } from './fake-losses.ts';
import {
  adamStep,
  addGradient,
  copyOf,
  createFakeWeights,
  logprobsAfter,
  putInto,
  type FakeWeights,
} from './fake-weights.ts';

export type FakeCommand =
  | { readonly kind: 'create'; readonly modelId: string; readonly rank: number }
  | { readonly kind: 'unload'; readonly modelId: string }
  | { readonly kind: 'loss'; readonly modelId: string; readonly request: ForwardBackward }
  | { readonly kind: 'step'; readonly modelId: string; readonly adam: AdamParams }
  | { readonly kind: 'save'; readonly modelId: string; readonly path: string; readonly answered: string }
  | { readonly kind: 'load'; readonly modelId: string; readonly path: string; readonly optimizer: boolean }
  | { readonly kind: 'sample'; readonly modelId: string; readonly path: string; readonly request: SampleRequest };

export type FakeResult =
  | { readonly kind: 'json'; readonly value: object }
  | { readonly kind: 'loss'; readonly value: ForwardBackwardResult }
  | { readonly kind: 'sample'; readonly value: SampleResult }
  | { readonly kind: 'failed'; readonly detail: string };

export interface FakeEngineOptions {
  readonly baseModel: string;
  readonly vocabularySize: number;
  readonly maxRank: number;
  readonly maxModels: number;
  /**
   * SkyRL on JAX takes the mean of each row and of the rows, and puts into training what it samples from; other backends
   * take the sum.
   */
  readonly reduction: 'sum' | 'mean';
}

/** What a server's process holds in memory: models, with what they have learnt. Checkpoints outlive it. */
export interface FakeEngine {
  run(command: FakeCommand): FakeResult;
  unload(modelId: string): void;
}

export function createFakeEngine(options: FakeEngineOptions, checkpoints: Map<string, FakeWeights>): FakeEngine {
  const models = new Map<string, FakeWeights>();
  const sampledLast = new Map<string, string>();
  return {
    unload: (modelId) => void models.delete(modelId),
    run(command) {
      if (command.kind === 'create') return create(options, models, command);
      if (command.kind === 'unload') {
        models.delete(command.modelId);
        return { kind: 'json', value: { model_id: command.modelId, status: 'unloaded', type: 'unload_model' } };
      }
      if (command.kind === 'sample' && command.path === '')
        return { kind: 'sample', value: sampleOf(createFakeWeights(options.vocabularySize), command.request) };
      const weights = models.get(command.modelId);
      if (weights === undefined) return { kind: 'failed', detail: notLoaded(command) };
      switch (command.kind) {
        case 'loss':
          return { kind: 'loss', value: lossOf(weights, command.request, options.reduction) };
        case 'step':
          return { kind: 'json', value: { metrics: stepMetrics(weights, command.adam) } };
        case 'save':
          checkpoints.set(command.path, copyOf(weights, 'all'));
          return { kind: 'json', value: { path: command.answered } };
        case 'load':
          models.set(
            command.modelId,
            copyOf(checkpoints.get(command.path) ?? weights, command.optimizer ? 'all' : 'weights'),
          );
          return { kind: 'json', value: { type: 'load_weights' } };
        case 'sample': {
          const saved = checkpoints.get(command.path) ?? weights;
          if (options.reduction === 'sum') return { kind: 'sample', value: sampleOf(saved, command.request) };
          if (sampledLast.get(command.modelId) !== command.path) putInto(weights, saved);
          sampledLast.set(command.modelId, command.path);
          return { kind: 'sample', value: sampleOf(weights, command.request) };
        }
      }
    },
  };
}

function create(
  { baseModel, vocabularySize, maxRank, maxModels }: FakeEngineOptions,
  models: Map<string, FakeWeights>,
  { modelId, rank }: { readonly modelId: string; readonly rank: number },
): FakeResult {
  if (rank < 1 || rank > maxRank)
    return { kind: 'failed', detail: `LoRA rank ${rank} must be between 1 and ${maxRank}` };
  if (models.size >= maxModels)
    return { kind: 'failed', detail: `Maximum number of LoRA adapters (${maxModels + 1}) reached` };
  models.set(modelId, createFakeWeights(vocabularySize));
  return { kind: 'json', value: { model_id: modelId, base_model: baseModel, lora_config: { rank } } };
}

/** Two wordings, as recorded. */
function notLoaded({ kind, modelId }: FakeCommand): string {
  const short = `Model ${modelId} not loaded`;
  return kind === 'loss' || kind === 'sample' ? short : `${short} (likely stale request from previous server)`;
}

function lossOf(
  weights: FakeWeights,
  { data, lossFn, lossConfig, forwardOnly }: ForwardBackward,
  reduction: 'sum' | 'mean',
): ForwardBackwardResult {
  const outputs = data.map((datum) => {
    const share =
      reduction === 'sum' ? 1 : 1 / (data.length * Math.max(1, sumOf(datum.lossInputs.weights?.data ?? [])));
    const rows = datum.tokens.map((token, index) => {
      const target = datum.lossInputs.target_tokens?.data[index] ?? 0;
      const logprob = logprobsAfter(weights, token)[target] ?? Number.NaN;
      const { loss, slope } = fakeLoss(lossFn, { logprob, ...tokenOf(datum, index) }, lossConfig);
      return { token, target, logprob, loss, slope: slope * share };
    });
    return { rows, logprobs: rows.map(({ logprob }) => logprob), elementwise_loss: rows.map(({ loss }) => loss) };
  });
  // Only now: the rows of one request are judged under the same weights.
  if (!forwardOnly)
    for (const { token, target, slope } of outputs.flatMap(({ rows }) => rows))
      if (slope !== 0) addGradient(weights, { token, target, slope });
  return { outputs: outputs.map(({ logprobs, elementwise_loss }) => ({ logprobs, elementwise_loss })), metrics: {} };
}

/** What is missing is 0, and weights are 1, as SkyRL fills them in. */
function tokenOf({ lossInputs }: Datum, index: number) {
  return {
    sampled: lossInputs.logprobs?.data[index] ?? 0,
    advantage: lossInputs.advantages?.data[index] ?? 0,
    weight: lossInputs.weights === undefined ? 1 : (lossInputs.weights.data[index] ?? 0),
  };
}

function stepMetrics(weights: FakeWeights, adam: AdamParams): Readonly<Record<string, number>> {
  return { 'skyrl.ai/grad_norm': adamStep(weights, adam), 'skyrl.ai/learning_rate': Math.fround(adam.learning_rate) };
}

function sampleOf(weights: FakeWeights, { prompt, samples, maxTokens, seed, stop }: SampleRequest): SampleResult {
  const stops = new Set<number | string>(stop);
  return {
    sequences: Array.from({ length: samples }, (_, sample): SampledSequence => {
      const tokens: number[] = [];
      const logprobs: number[] = [];
      while (tokens.length < maxTokens) {
        const choices = logprobsAfter(weights, tokens.at(-1) ?? prompt.at(-1) ?? 0);
        const token = indexOfDraw(choices, seededDraw(seed + sample, tokens.length));
        tokens.push(token);
        logprobs.push(choices[token] ?? 0);
        if (stops.has(token)) return { stopReason: 'stop', tokens, logprobs };
      }
      return { stopReason: 'length', tokens, logprobs };
    }),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}
