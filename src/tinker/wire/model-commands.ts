import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { Parameters, ServerDifferences } from './server-differences.ts';
import { awaitFuture } from './await-future.ts';
import { createdSchema, modelSchema, sessionSchema } from './json-results.ts';
import { readJson, type Commands } from './submit.ts';
import type { Wire } from './tinker-shapes.ts';

export interface NewModel {
  readonly sessionId: string;
  readonly baseModel: string;
  readonly parameters: Parameters;
}

export interface ModelCommands {
  /** The format in which this server takes tensors. */
  findWire(signal: AbortSignal): Promise<Wire>;
  createSession(tags: readonly string[], signal: AbortSignal): Promise<string>;
  /** What alone keeps a session and its models; lost where the server does not know the session. */
  heartbeat(sessionId: string, signal: AbortSignal): Promise<void>;
  /** Gives the model's id. Asked again it makes another model. */
  createModel(model: NewModel, signal: AbortSignal): Promise<string>;
  /** Frees what the model takes up; its checkpoints stay. */
  unloadModel(modelId: string, signal: AbortSignal): Promise<void>;
}

// Of the SDK that the routes are those of; servers ask for it.
const SDK_VERSION = '0.24.1';

export function createModelCommands(commands: Commands, differences: ServerDifferences): ModelCommands {
  const { connection, patience } = commands;
  return {
    async findWire(signal) {
      // A request without a model changes nothing: SkyRL 0.4 says 415 before it reads it, others that it is wrong.
      const tolerates = (status: number) => [400, 404, 415, 422].includes(status);
      const request = { path: '/forward_backward', body: {}, repeatable: true, tolerates };
      return (await connection.ask(request, signal)).status === 415 ? 'protobuf' : 'json';
    },
    async createSession(tags, signal) {
      const body = { tags, sdk_version: SDK_VERSION };
      const answer = await connection.ask({ path: '/create_session', body, repeatable: true }, signal);
      return readJson(sessionSchema, answer, 'create_session').session_id;
    },
    async heartbeat(sessionId, signal) {
      const body = { session_id: sessionId };
      await connection.ask({ path: '/session_heartbeat', body, what: sessionId, repeatable: true }, signal);
    },
    async createModel({ sessionId, baseModel, parameters }, signal) {
      const what = `create_model of ${baseModel}`;
      const trained = differences.parameters(parameters);
      if (trained === undefined) throw new TrainerRefusedError(`${what}: this server trains LoRA adapters only`);
      const body = { session_id: sessionId, model_seq_id: 0, base_model: baseModel, ...trained };
      const answer = await connection.ask({ path: '/create_model', body, what, repeatable: false }, signal);
      const { model_id: modelId, request_id: requestId } = readJson(modelSchema, answer, what);
      const created = await awaitFuture({ connection, patience, requestId, what }, signal);
      const { base_model: trainedModel } = readJson(createdSchema, created, what);
      // SkyRL takes any name and trains what it has been started with.
      if (trainedModel != null && trainedModel !== baseModel)
        throw new TrainerRefusedError(`${what}: the server trains ${trainedModel}, whatever it is asked for`);
      return modelId;
    },
    async unloadModel(modelId, signal) {
      const what = `unload_model ${modelId}`;
      const tolerates = (status: number) => status === 404;
      const request = { path: '/unload_model', body: { model_id: modelId }, what, repeatable: true, tolerates };
      const answer = await connection.ask(request, signal);
      if (answer.status === 404) return;
      const { request_id: requestId } = readJson(modelSchema, answer, what);
      await awaitFuture({ connection, patience, requestId, what }, signal);
    },
  };
}
