import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';

import { z } from 'zod';

import { parsedJson } from '../../http/parsed-json.ts';
import type { Wire } from '../wire/tinker-shapes.ts';
import { jsonAnswer, refusal, type FakeAnswer } from './fake-answers.ts';
import { createFakeDatabase } from './fake-database.ts';
import { createFakeEngine, type FakeCommand, type FakeEngineOptions } from './fake-engine.ts';
import type { FakeRequest } from './fake-parts.ts';
import { createFakeService, futureAnswer } from './fake-service.ts';

export interface FakeTinkerOptions extends Partial<FakeEngineOptions> {
  /** Of SkyRL 0.3, or of 0.4. */
  readonly wire?: Wire;
  /** How "not yet" is said: 408 after a while (SkyRL), or `try_again` at once (miles, hosted). */
  readonly notYet?: '408' | 'try-again';
  readonly holdMs?: number;
}

/**
 * What becomes of one request: `lost` never arrives, `unanswered` is done and its answer lost, a status answers in its
 * place, and what is delayed is done at once and answered later.
 */
export type FakeFault = 'lost' | 'unanswered' | { readonly status: number } | { readonly delayMs: number };

export interface FakeTinkerServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly received: readonly (FakeRequest & { readonly headers: IncomingMessage['headers'] })[];
  /** The faults of the next requests to this path, in order. */
  plan(path: string, ...faults: readonly FakeFault[]): void;
  /** Commands wait in the queue from now on. */
  pauseEngine(): void;
  resumeEngine(): void;
  /** kill -9 of the engine and a new start on the same database: models are gone, what waited finds none. */
  restart(): void;
  /** What happens to all sessions without a heartbeat for too long. */
  expireSessions(): void;
  /** Optimizer steps that were taken, over all models. */
  readonly steps: number;
  /** Saved weights, as JSON; undefined where there are none. */
  weightsAt(path: string): string | undefined;
}

const DEFAULTS: FakeEngineOptions = {
  baseModel: 'tiny',
  vocabularySize: 16,
  maxRank: 8,
  maxModels: 3,
  reduction: 'sum',
};

/**
 * A server of the Tinker protocol on a real socket, built from what SkyRL 0.3 and 0.4 were recorded to do, with a model
 * of one table that learns in truth: steps move it, and a checkpoint brings it back to the last bit.
 */
export async function startFakeTinkerServer(options: FakeTinkerOptions = {}): Promise<FakeTinkerServer> {
  const machine = createMachine(options);
  const faults = new Map<string, FakeFault[]>();
  const received: (FakeRequest & { headers: IncomingMessage['headers'] })[] = [];
  const server = createServer((message, response) => {
    const handle = async () => {
      const path = (message.url ?? '').replace(/^\/api\/v1/, '');
      const contentType = message.headers['content-type'] ?? '';
      const request = { method: message.method ?? '', path, contentType, body: await buffer(message) };
      received.push({ ...request, headers: message.headers });
      await play(faults.get(path)?.shift(), () => machine.answer(request), response);
    };
    // A client that goes away in the middle of its request is what some tests do.
    handle().catch(() => response.destroy());
  });
  return {
    baseUrl: `http://127.0.0.1:${await listening(server)}`,
    received,
    plan: (path, ...planned) => void faults.set(path, [...(faults.get(path) ?? []), ...planned]),
    ...machine.controls,
    get steps() {
      return machine.steps();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function play(fault: FakeFault | undefined, answer: () => Promise<FakeAnswer>, response: ServerResponse) {
  if (fault === 'lost') return void response.destroy();
  if (typeof fault === 'object' && 'status' in fault) {
    send(response, refusal(fault.status, 'a fault was planned'));
    return;
  }
  const answered = await answer();
  if (fault === 'unanswered') return void response.destroy();
  if (fault !== undefined) await delay(fault.delayMs);
  send(response, answered);
}

function send(response: ServerResponse, { status, contentType, body }: FakeAnswer): void {
  response.writeHead(status, contentType === '' ? {} : { 'content-type': contentType }).end(body);
}

const retrieveSchema = z.object({ request_id: z.string() });

/** The queue, the engine and the database behind the routes. */
function createMachine({ wire = 'json', notYet = '408', holdMs = 50, ...given }: FakeTinkerOptions) {
  const engineOptions = { ...DEFAULTS, ...given };
  const database = createFakeDatabase();
  let engine = createFakeEngine(engineOptions, database.checkpoints);
  let paused = false;
  let steps = 0;
  const runQueue = () => {
    for (const future of database.futures.values()) {
      if (paused || future.result !== undefined) continue;
      const { command } = future;
      future.result = engine.run(command);
      const done = future.result.kind !== 'failed';
      if (done && command.kind === 'step') steps += 1;
      if (done && command.kind === 'save') database.names.set(command.path, 'complete');
    }
  };
  const enqueue = (command: FakeCommand) => {
    const requestId = String(database.futures.size + 1);
    database.futures.set(requestId, { command, result: undefined });
    runQueue();
    return requestId;
  };
  const service = createFakeService({ database, wire, enqueue });
  const retrieve = async (body: Uint8Array) => {
    const { request_id: requestId } = retrieveSchema.parse(parsedJson(Buffer.from(body).toString('utf8')));
    const atOnce = futureAnswer({ database, wire }, requestId);
    if (atOnce !== undefined) return atOnce;
    if (notYet === 'try-again') return jsonAnswer({ type: 'try_again', request_id: requestId, queue_state: 'active' });
    await delay(holdMs);
    return futureAnswer({ database, wire }, requestId) ?? refusal(408, 'Timeout waiting for result');
  };
  return {
    answer: async (request: FakeRequest) =>
      request.path === '/retrieve_future' ? await retrieve(request.body) : service.answer(request),
    steps: () => steps,
    controls: {
      pauseEngine: () => {
        paused = true;
      },
      resumeEngine: () => {
        paused = false;
        runQueue();
      },
      restart: () => {
        engine = createFakeEngine(engineOptions, database.checkpoints);
        paused = false;
        runQueue();
      },
      expireSessions: () => {
        for (const modelId of [...database.sessions.values()].flat()) engine.unload(modelId);
      },
      weightsAt: (path: string) => {
        const rows = database.checkpoints.get(path)?.rows;
        return rows === undefined ? undefined : JSON.stringify([...rows]);
      },
    },
  };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
