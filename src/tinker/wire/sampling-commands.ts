import { retryAfterMs } from '../../http/retry-after.ts';
import { awaitFuture } from './await-future.ts';
import { textInput } from './json-codec.ts';
import { readSampleJson, samplingSessionSchema, submittedSchema } from './json-results.ts';
import { decodeSampleResponse } from './protobuf-codec.ts';
import { readTensors } from './read-tensors.ts';
import { refuse, sampleProblem } from './request-problems.ts';
import { readJson, type Commands } from './submit.ts';
import type { Sampled, SampledModel, SampleRequest } from './tinker-shapes.ts';

export interface SamplingCommands {
  /** Gives the id of a sampling session of these weights, within a session. Asked again it makes another one. */
  createSamplingSession(within: { sessionId: string; model: SampledModel }, signal: AbortSignal): Promise<string>;
  sample(request: SampleRequest, signal: AbortSignal): Promise<Sampled>;
}

// Without it a hosted server lets a question wait where it would say 429.
const BACKPRESSURE = { 'x-tinker-sampling-backpressure': '1' };

export function createSamplingCommands(
  { connection, patience }: Commands,
  vocabularySize: number | undefined,
): SamplingCommands {
  return {
    async createSamplingSession({ sessionId, model }, signal) {
      const path = '/create_sampling_session';
      const body = { session_id: sessionId, sampling_session_seq_id: 0, ...modelFields(model) };
      const answer = await connection.ask({ path, body, what: nameOf(model), repeatable: true }, signal);
      return readJson(samplingSessionSchema, answer, path).sampling_session_id;
    },
    async sample(request, signal) {
      refuse('asample', sampleProblem(request, vocabularySize));
      const what = `asample of ${nameOf(request.model)}`;
      const tolerates = (status: number) => status === 429;
      const question = { path: '/asample', body: sampleBody(request), headers: BACKPRESSURE, what, tolerates };
      const answer = await connection.ask({ ...question, repeatable: true }, signal);
      if (answer.status === 429) return { outcome: 'full', retryAfterMs: retryAfterMs(answer.retryAfter, Date.now()) };
      const { request_id: requestId } = readJson(submittedSchema, answer, what);
      const result = await awaitFuture({ connection, patience, requestId, what }, signal);
      return { outcome: 'sampled', ...readTensors(result, readSampleJson, decodeSampleResponse) };
    },
  };
}

function sampleBody(request: SampleRequest): object {
  return {
    num_samples: request.samples,
    prompt: textInput(request.prompt),
    sampling_params: {
      max_tokens: request.maxTokens,
      temperature: request.temperature,
      top_p: request.topP,
      top_k: request.topK,
      seed: request.seed,
      stop: request.stop,
    },
    ...modelFields(request.model),
  };
}

function modelFields(model: SampleRequest['model']): object {
  if ('path' in model) return { model_path: model.path };
  return 'base' in model
    ? { base_model: model.base }
    : { sampling_session_id: model.samplingSessionId, seq_id: model.seqId };
}

function nameOf(model: SampleRequest['model']): string {
  if ('path' in model) return model.path;
  return 'base' in model ? model.base : `${model.samplingSessionId} (${model.seqId})`;
}
