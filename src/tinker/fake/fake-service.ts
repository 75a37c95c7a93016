import { z } from 'zod';

import { parsedJson } from '../../http/parsed-json.ts';
import type { ForwardBackward } from '../wire/tinker-shapes.ts';
import { jsonAnswer, refusal, resultAnswer, type FakeAnswer } from './fake-answers.ts';
import type { FakeCommand } from './fake-engine.ts';
import { forwardBackwardJson } from './fake-json.ts';
import { submitted, type FakeParts, type FakeRequest, type FakeRoute, type FakeRoutes } from './fake-parts.ts';
import { decodeForwardBackward } from './fake-protobuf.ts';
import { listed, removed, weightsRoutes } from './fake-weights-routes.ts';

/** What the routes of a server do, as recorded; commands are only put into the queue. */
export interface FakeService {
  answer(request: FakeRequest): FakeAnswer;
}

const ofSession = z.object({ session_id: z.string() });
const ofModel = z.object({ model_id: z.string() });
const createSchema = z.object({ session_id: z.string(), lora_config: z.object({ rank: z.int() }) });
const adamParams = z.object({
  learning_rate: z.number(),
  beta1: z.number(),
  beta2: z.number(),
  eps: z.number(),
  weight_decay: z.number(),
});
const stepSchema = z.object({ model_id: z.string(), seq_id: z.int(), adam_params: adamParams });

export function createFakeService(parts: FakeParts): FakeService {
  const routes = routesOf(parts);
  return {
    answer(request) {
      const route = routes[`${request.method} ${request.path}`];
      if (route !== undefined) return answeredBy(route, request);
      const [, modelId = '', name] = /^\/training_runs\/([^/]+)\/checkpoints(?:\/(.+))?$/.exec(request.path) ?? [];
      if (request.method === 'GET' && modelId !== '') return listed(parts.database, modelId);
      if (request.method === 'DELETE' && name !== undefined) return removed(parts.database, `${modelId}/${name}`);
      return refusal(404, 'Not Found');
    },
  };
}

function answeredBy(route: FakeRoute, request: FakeRequest): FakeAnswer {
  try {
    return route(parsedJson(Buffer.from(request.body).toString('utf8')), request);
  } catch (error) {
    if (error instanceof z.ZodError)
      return refusal(
        422,
        error.issues.map(({ path, message }) => ({ loc: path, msg: message })),
      );
    throw error;
  }
}

function routesOf(parts: FakeParts): FakeRoutes {
  return { ...modelRoutes(parts), ...weightsRoutes(parts) };
}

function modelRoutes(parts: FakeParts): FakeRoutes {
  const { database, wire, enqueue } = parts;
  return {
    'POST /create_session': () => {
      const id = `session_${hexadecimal(database.sessions.size + 1)}`;
      database.sessions.set(id, []);
      return jsonAnswer({ session_id: id });
    },
    'POST /session_heartbeat': (body) =>
      database.sessions.has(ofSession.parse(body).session_id)
        ? jsonAnswer({ type: 'session_heartbeat' })
        : refusal(404, 'Session not found'),
    'POST /create_model': (body) => {
      const { session_id: sessionId, lora_config: lora } = createSchema.parse(body);
      const models = database.sessions.get(sessionId);
      if (models === undefined) return refusal(404, 'Session not found');
      const modelId = `model_${hexadecimal(database.models.size + 1)}`;
      database.models.set(modelId, 0);
      models.push(modelId);
      const requestId = enqueue({ kind: 'create', modelId, rank: lora.rank });
      return jsonAnswer({ model_id: modelId, request_id: requestId, status: 'created' });
    },
    'POST /unload_model': (body) => {
      const { model_id: modelId } = ofModel.parse(body);
      if (!database.models.has(modelId)) return refusal(404, 'Model not found');
      return jsonAnswer({ model_id: modelId, request_id: enqueue({ kind: 'unload', modelId }) });
    },
    'POST /forward': (body) =>
      wire === 'protobuf' ? refusal(404, 'Not Found') : lossAnswer(parts, forwardBackwardJson.parse(body)),
    'POST /forward_backward': (body, { contentType, body: bytes }) => {
      if (wire === 'json') return lossAnswer(parts, forwardBackwardJson.parse(body));
      return contentType === 'application/x-protobuf'
        ? lossAnswer(parts, decodeForwardBackward(bytes))
        : refusal(415, 'forward_backward requires a application/x-protobuf body (tinker SDK >= 0.25.0)');
    },
    'POST /optim_step': (body) => {
      const { model_id: modelId, seq_id: seqId, adam_params: adam } = stepSchema.parse(body);
      return numberedAnswer(parts, { kind: 'step', modelId, adam }, seqId);
    },
  };
}

/** The result of a command that is done; undefined while it waits in the queue. */
export function futureAnswer(
  { database, wire }: Pick<FakeParts, 'database' | 'wire'>,
  requestId: string,
): FakeAnswer | undefined {
  const future = database.futures.get(requestId);
  if (future === undefined) return refusal(404, 'Future not found');
  return future.result === undefined ? undefined : resultAnswer(future.result, wire);
}

function lossAnswer(parts: FakeParts, request: ForwardBackward): FakeAnswer {
  return numberedAnswer(parts, { kind: 'loss', modelId: request.modelId, request }, request.seqId);
}

/** The same under the same number is the same command; anything else under it is refused. */
function numberedAnswer({ database, enqueue }: FakeParts, command: FakeCommand, seqId: number): FakeAnswer {
  const { modelId } = command;
  const commands = database.models.get(modelId);
  if (commands === undefined) return refusal(404, 'Model not found');
  const key = `${modelId} ${seqId}`;
  const body = JSON.stringify(command);
  const known = seqId === 0 ? undefined : database.numbered.get(key);
  if (known !== undefined)
    return known.body === body
      ? submitted(known.requestId)
      : refusal(409, 'Training request sequence number was reused');
  database.models.set(modelId, commands + 1);
  const requestId = enqueue(command);
  database.numbered.set(key, { body, requestId });
  return submitted(requestId);
}

function hexadecimal(number: number): string {
  return number.toString(16).padStart(8, '0');
}
