import { z } from 'zod';

import { forwardBackwardJson } from '../../../src/tinker/fake/fake-json.ts';
import type { TinkerClient } from '../../../src/tinker/wire/tinker-client.ts';
import type { SampleRequest, Wire } from '../../../src/tinker/wire/tinker-shapes.ts';
import type { RecordedExchange } from './recorded-exchange.ts';

const ids = z.object({
  model_id: z.string().default(''),
  seq_id: z.int().default(1),
  session_id: z.string().default(''),
});
const path = z.object({ path: z.string() });
const adam = z.object({
  adam_params: z.object({
    ...{ learning_rate: z.number(), beta1: z.number(), beta2: z.number(), eps: z.number(), weight_decay: z.number() },
  }),
});
const creation = z.object({
  base_model: z.string(),
  lora_config: z.object({ rank: z.int(), seed: z.int().optional() }),
});
const sample = z.object({
  num_samples: z.int(),
  prompt: z.object({ chunks: z.tuple([z.object({ tokens: z.array(z.int()) })]) }),
  model_path: z.string(),
  sampling_params: z.object({
    ...{ max_tokens: z.int(), temperature: z.number(), top_p: z.number(), top_k: z.int(), seed: z.int() },
    stop: z.union([z.array(z.int()), z.array(z.string())]),
  }),
});

/** Has the client do what was recorded to be asked for. */
export function askRecorded(client: TinkerClient, exchange: RecordedExchange, wire: Wire): Promise<unknown> {
  const { request = {} } = exchange;
  const signal = new AbortController().signal;
  const { model_id: modelId, seq_id: seqId, session_id: sessionId } = ids.parse(request);
  switch (exchange.path) {
    case '/create_session':
      return client.createSession([], signal);
    case '/session_heartbeat':
      return client.heartbeat(sessionId, signal);
    case '/create_model': {
      const { base_model: baseModel, lora_config } = creation.parse(request);
      const { rank, seed } = lora_config;
      const parameters = { kind: 'lora' as const, rank, ...(seed === undefined ? {} : { seed }) };
      return client.createModel({ sessionId, baseModel, parameters }, signal);
    }
    case '/unload_model':
      return client.unloadModel(modelId, signal);
    case '/forward':
    case '/forward_backward':
      return client.forwardBackward(forwardBackwardJson.parse(request), wire, signal);
    case '/optim_step':
      return client.optimStep({ modelId, seqId, adam: adam.parse(request).adam_params }, signal);
    case '/save_weights':
      return client.save('training', { modelId, name: path.parse(request).path, seqId: numberIn(request) }, signal);
    case '/save_weights_for_sampler':
      return client.save('sampler', { modelId, name: path.parse(request).path, seqId: numberIn(request) }, signal);
    case '/load_weights':
      return client.load({ modelId, path: path.parse(request).path }, signal);
    case '/weights_info':
      return client.weightsInfo(z.object({ tinker_path: z.string() }).parse(request).tinker_path, signal);
    case '/asample':
      return client.sample(toSample(request), signal);
    default:
      return askCheckpoints(client, exchange, signal);
  }
}

function askCheckpoints(client: TinkerClient, exchange: RecordedExchange, signal: AbortSignal): Promise<unknown> {
  const [, modelId = '', name] = /^\/training_runs\/([^/]+)\/checkpoints(?:\/(.+))?$/.exec(exchange.path) ?? [];
  return name === undefined
    ? client.checkpoints(modelId, signal)
    : client.remove(`tinker://${modelId}/${name}`, signal);
}

function numberIn(request: object): number | undefined {
  return z.object({ seq_id: z.int().optional() }).parse(request).seq_id;
}

function toSample(request: unknown): SampleRequest {
  const { num_samples: samples, prompt, model_path, sampling_params: given } = sample.parse(request);
  return {
    model: { path: model_path },
    prompt: prompt.chunks[0].tokens,
    samples,
    maxTokens: given.max_tokens,
    temperature: given.temperature,
    topP: given.top_p,
    topK: given.top_k,
    seed: given.seed,
    stop: given.stop,
  };
}
