import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { packageRoot } from '../../src/config/package-root.ts';
import { freePort } from './free-port.ts';

/** SkyRL's Tinker server of the tests' own, with a model to train: on a port of 127.0.0.1, gone with `stop`. */
export interface TestSkyrl {
  /** Without a path. */
  readonly url: string;
  /** As its capabilities name it. */
  readonly baseModel: string;
  /** A folder with one for each model. */
  readonly checkpoints: string;
  /** The server and its engine end at once, and lose what is not on disk. */
  kill(): Promise<void>;
  /** Starts it again on the same database, checkpoints and port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Two idle cores take half a minute: what the engine imports, and then what it compiles for its first model. A machine
 * whose cores have ten programs each takes ten times as long, and this is three times that.
 */
export const SKYRL_START_MS = 15 * 60_000;

/** Between lines that say that it still starts. */
const PROGRESS_MS = 30_000;

/** Of one request, of which the server holds those that wait for the engine for five minutes. */
const REQUEST_MS = 60_000;

export interface SkyrlOptions {
  /** A folder, by default that of the tiny one. */
  readonly model?: string;
  /** How many models may be trained at once. */
  readonly models?: number;
}

/** Without SkyRL this fails and says what to run. */
export async function startSkyrl({ model = '', models = 3 }: SkyrlOptions = {}): Promise<TestSkyrl> {
  const folder = mkdtempSync(join(tmpdir(), 'selfplay-skyrl-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // One more is the base model's own. Rows are trained on one by one, so that all steps are of one shape.
  const backend = { max_lora_adapters: models + 1, max_lora_rank: 8, train_micro_batch_size: 1 };
  const start = () => startServer({ folder, port, url, model, backend });
  let { server, baseModel } = await start();
  const kill = () => endGroup(server);
  return {
    url,
    baseModel,
    checkpoints: join(folder, 'checkpoints'),
    kill,
    start: async () => {
      ({ server, baseModel } = await start());
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly model: string;
  readonly backend: object;
}

async function startServer({ folder, port, url, model, backend }: Place) {
  const log = join(folder, 'server.log');
  mkdirSync(folder, { recursive: true });
  const output = openSync(log, 'a');
  // It ends with the tests however they end. Sessions that nobody speaks of for long are kept: here that is load.
  const command = ['--pdeathsig', 'TERM', join(packageRoot, 'tools', 'trainer', 'serve'), String(port), folder];
  const options = ['--session-timeout-sec', '-1', '--backend-config', JSON.stringify(backend)];
  const server = spawn('setpriv', [...command, model, ...options], {
    stdio: ['ignore', output, output],
    detached: true,
  });
  const started = Date.now();
  let said = started;
  const check = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const [last = ''] = readFileSync(log, 'utf8').trim().split('\n').slice(-1);
    if (server.exitCode !== null || server.signalCode !== null) throw new Error(`SkyRL does not start: ${last}`);
    if (Date.now() - started > SKYRL_START_MS) throw new Error(`SkyRL is not there after ${seconds} s: ${last}`);
    if (Date.now() - said < PROGRESS_MS) return;
    said = Date.now();
    console.info(`SkyRL starts, ${seconds} s so far: ${last}`);
  };
  try {
    return { server, baseModel: await readyModel(url, check) };
  } catch (error) {
    await endGroup(server);
    throw error;
  }
}

/** The API answers long before its engine does; whoever has made a model has waited for both. */
async function readyModel(url: string, check: () => void): Promise<string> {
  const ask = async <Answer>(path: string, answer: z.ZodType<Answer>, body?: object): Promise<Answer> => {
    for (;;) {
      check();
      const reply = await request(`${url}/api/v1/${path}`, body);
      if (reply !== undefined) return answer.parse(reply);
      await sleep(200);
    }
  };
  const { supported_models } = await ask('get_server_capabilities', capabilitiesSchema);
  const [{ model_name: baseModel }] = supported_models;
  const session = await ask('create_session', sessionSchema, { tags: [], sdk_version: '0.25.0' });
  const made = await ask('create_model', modelSchema, {
    ...{ session_id: session.session_id, base_model: baseModel, model_seq_id: 0 },
    ...{ model_role: 'policy', lora_config: { rank: 8 } },
  });
  await ask('retrieve_future', z.looseObject({ model_id: z.string() }), { request_id: made.request_id });
  // There is room for three.
  const unloaded = await ask('unload_model', futureSchema, { model_id: made.model_id });
  await ask('retrieve_future', z.unknown(), { request_id: unloaded.request_id });
  return baseModel;
}

const capabilitiesSchema = z.object({ supported_models: z.tuple([z.object({ model_name: z.string() })]) });
const sessionSchema = z.object({ session_id: z.string() });
const futureSchema = z.object({ request_id: z.string() });
const modelSchema = z.object({ model_id: z.string(), request_id: z.string() });

/** Undefined where there is no answer yet. */
async function request(url: string, body: object | undefined): Promise<unknown> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const options = { ...(body === undefined ? {} : post), signal: AbortSignal.timeout(REQUEST_MS) };
  const response = await fetch(url, options).catch(() => undefined);
  if (response === undefined || response.status === 408) return undefined;
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return response.json();
}

async function endGroup(server: ReturnType<typeof spawn>): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  // Of `uv` alone, the server and its engine would stay.
  process.kill(-server.pid, 'SIGKILL');
  await ended;
}
