import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import { awaitFuture } from './await-future.ts';
import { checkpointsSchema, loadedSchema, savedSchema, submittedSchema, weightsInfoSchema } from './json-results.ts';
import { readJson, submit, type Commands } from './submit.ts';
import { detailOf } from './tinker-failure.ts';

export interface Save {
  readonly modelId: string;
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  /** Where saves are numbered. */
  readonly seqId: number | undefined;
}

/** The name is taken from the moment that a save begins, so its repetition may find it taken by itself. */
export type Saved = { readonly outcome: 'saved'; readonly path: string } | { readonly outcome: 'taken' };

export interface StoredCheckpoint {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
}

export interface WeightsCommands {
  /** `training`: weights and optimizer, to go on from. `sampler`: weights, to sample from. */
  save(kind: 'training' | 'sampler', save: Save, signal: AbortSignal): Promise<Saved>;
  /** Weights and optimizer; the first command of a model, and only once. */
  load(load: { modelId: string; path: string }, signal: AbortSignal): Promise<void>;
  /** Refused where there is no such checkpoint, unavailable while it is being written. */
  weightsInfo(path: string, signal: AbortSignal): Promise<{ readonly baseModel: string | undefined }>;
  /** Those that are complete. */
  checkpoints(modelId: string, signal: AbortSignal): Promise<readonly StoredCheckpoint[]>;
  /** `tinker://MODEL/weights/NAME` or `tinker://MODEL/sampler_weights/NAME`; one that is gone is fine. */
  remove(path: string, signal: AbortSignal): Promise<void>;
}

const SAVE_ROUTES = { training: '/save_weights', sampler: '/save_weights_for_sampler' } as const;

export function createWeightsCommands(commands: Commands): WeightsCommands {
  const { connection, patience } = commands;
  return {
    async save(kind, { modelId, name, seqId }, signal) {
      const path = SAVE_ROUTES[kind];
      const what = `${path.slice(1)} ${name} of ${modelId}`;
      const body = { model_id: modelId, path: name, ...(seqId === undefined ? {} : { seq_id: seqId }) };
      const tolerates = (status: number) => status === 409 || status === 400;
      const request = { path, body, what, repeatable: true, tolerates };
      const answer = await connection.ask(request, signal);
      // 409 on SkyRL, 400 on miles.
      if (answer.status >= 300 && /already exists/i.test(detailOf(answer))) return { outcome: 'taken' };
      if (answer.status >= 300) throw connection.failureOf(request, answer);
      const { request_id: requestId } = readJson(submittedSchema, answer, what);
      const result = await awaitFuture({ connection, patience, requestId, what }, signal);
      return { outcome: 'saved', path: readJson(savedSchema, result, what).path };
    },
    async load({ modelId, path }, signal) {
      const what = `load_weights ${path} into ${modelId}`;
      const body = { model_id: modelId, path, optimizer: true, seq_id: 1 };
      const result = await submit(commands, { path: '/load_weights', body, what, repeatable: false }, signal);
      readJson(loadedSchema, result, what);
    },
    async weightsInfo(path, signal) {
      const tolerates = (status: number) => status === 404;
      const request = { path: '/weights_info', body: { tinker_path: path }, what: path, repeatable: true, tolerates };
      const answer = await connection.ask(request, signal);
      if (answer.status === 404) throw new TrainerRefusedError(`${path} is no checkpoint: ${detailOf(answer)}`);
      return { baseModel: readJson(weightsInfoSchema, answer, path).base_model ?? undefined };
    },
    async checkpoints(modelId, signal) {
      const path = `/training_runs/${encodeURIComponent(modelId)}/checkpoints`;
      const answer = await connection.ask({ method: 'GET', path, repeatable: true }, signal);
      return readJson(checkpointsSchema, answer, path).checkpoints.map((checkpoint) => ({
        name: checkpoint.checkpoint_id,
        kind: checkpoint.checkpoint_type,
        path: checkpoint.tinker_path,
      }));
    },
    async remove(path, signal) {
      const parts = /^tinker:\/\/([^/]+)\/((?:sampler_)?weights)\/([^/]+)$/.exec(path);
      if (parts === null) throw new TrainerRefusedError(`${path} is no path of a checkpoint`);
      const [, model = '', kind = '', name = ''] = parts;
      const route = `/training_runs/${encodeURIComponent(model)}/checkpoints/${kind}/${encodeURIComponent(name)}`;
      const tolerates = (status: number) => status === 404;
      await connection.ask({ method: 'DELETE', path: route, repeatable: true, tolerates }, signal);
    },
  };
}
