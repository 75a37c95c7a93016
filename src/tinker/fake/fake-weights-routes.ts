import { z } from 'zod';

import { jsonAnswer, NO_CONTENT, refusal, type FakeAnswer } from './fake-answers.ts';
import type { FakeDatabase } from './fake-database.ts';
import type { SampleRequest } from '../wire/tinker-shapes.ts';
import { sampleJson } from './fake-json.ts';
import { submitted, type FakeParts, type FakeRoutes } from './fake-parts.ts';

const saveSchema = z.object({ model_id: z.string(), path: z.string().regex(/^[a-zA-Z0-9_-]+$/) });
const loadSchema = z.object({ model_id: z.string(), path: z.string(), optimizer: z.boolean() });
const samplerSchema = z.object({ session_id: z.string(), model_path: z.string().optional() });
const infoSchema = z.object({ tinker_path: z.string() });

export function weightsRoutes(parts: FakeParts): FakeRoutes {
  const { database, enqueue } = parts;
  return {
    'POST /save_weights': (body) => {
      const { model_id: modelId, path: name } = saveSchema.parse(body);
      const path = `tinker://${modelId}/weights/${name}`;
      return saveAnswer(parts, { modelId, path, answered: path, name });
    },
    'POST /save_weights_for_sampler': (body) => {
      const { model_id: modelId, path: name } = saveSchema.parse(body);
      if (!database.models.has(modelId)) return refusal(404, 'Model not found');
      const path = `tinker://${modelId}/sampler_weights/${name}`;
      return saveAnswer(parts, { modelId, path, answered: `tinker://${modelId}/${name}`, name });
    },
    'POST /load_weights': (body) => {
      const { model_id: modelId, path, optimizer } = loadSchema.parse(body);
      const commands = (database.models.get(modelId) ?? 0) + 1;
      if (commands > 1) return refusal(400, `LoadWeights is not permitted with seq_id ${commands}`);
      const problem = checkpointProblem(database, path);
      if (problem !== undefined) return problem;
      database.models.set(modelId, commands);
      return submitted(enqueue({ kind: 'load', modelId, path, optimizer }));
    },
    'POST /weights_info': (body) => {
      const path = infoSchema.parse(body).tinker_path;
      return checkpointProblem(database, path) ?? jsonAnswer({ is_lora: true, lora_rank: 8 });
    },
    'POST /create_sampling_session': (body) => {
      const { session_id: sessionId, model_path: path } = samplerSchema.parse(body);
      if (!database.sessions.has(sessionId)) return refusal(404, 'Session not found');
      const id = `sampling_${database.samplers.size + 1}`;
      database.samplers.set(id, { path });
      return jsonAnswer({ sampling_session_id: id });
    },
    'POST /asample': (body) => {
      const request = sampleJson.parse(body);
      const sampled = sampledPath(database, request);
      if (sampled === undefined) return refusal(404, 'Sampling session not found');
      if (sampled.path === undefined) return submitted(enqueue({ kind: 'sample', modelId: '', path: '', request }));
      const path = sampled.path.replace(/^(tinker:\/\/[^/]+)\/([^/]+)$/, '$1/sampler_weights/$2');
      const modelId = /^tinker:\/\/([^/]+)\//.exec(path)?.[1] ?? '';
      return checkpointProblem(database, path) ?? submitted(enqueue({ kind: 'sample', modelId, path, request }));
    },
  };
}

/** Without a path it is the base model; undefined for a sampling session that is none. */
function sampledPath({ samplers }: FakeDatabase, { model }: SampleRequest): { path: string | undefined } | undefined {
  if ('samplingSessionId' in model) return samplers.get(model.samplingSessionId);
  return { path: 'path' in model ? model.path : undefined };
}

export function listed({ names }: FakeDatabase, modelId: string): FakeAnswer {
  const complete = [...names].flatMap(([path, state]) => (state === 'complete' ? [path] : []));
  const checkpoints = complete.flatMap((path) => {
    const [, model, kind, name] = /^tinker:\/\/([^/]+)\/((?:sampler_)?weights)\/(.+)$/.exec(path) ?? [];
    const type = kind === 'weights' ? 'training' : 'sampler';
    return model === modelId ? [{ checkpoint_id: name, checkpoint_type: type, tinker_path: path }] : [];
  });
  return jsonAnswer({ checkpoints });
}

export function removed({ names, checkpoints }: FakeDatabase, name: string): FakeAnswer {
  const path = `tinker://${name}`;
  checkpoints.delete(path);
  return names.delete(path) ? NO_CONTENT : refusal(404, `Checkpoint not found: ${name}`);
}

function saveAnswer(
  { database, enqueue }: FakeParts,
  { modelId, path, answered, name }: { modelId: string; path: string; answered: string; name: string },
): FakeAnswer {
  if (database.names.has(path)) return refusal(409, `Checkpoint '${name}' already exists for model '${modelId}'`);
  database.names.set(path, 'pending');
  return submitted(enqueue({ kind: 'save', modelId, path, answered }));
}

function checkpointProblem({ names }: FakeDatabase, path: string): FakeAnswer | undefined {
  const state = names.get(path);
  if (state === undefined) return refusal(404, `Checkpoint not found: ${path}`);
  return state === 'pending' ? refusal(425, 'Checkpoint is still being created') : undefined;
}
