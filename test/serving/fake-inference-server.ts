import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createHash } from 'node:crypto';

/** What a server does wrong. */
export interface Faults {
  /** Says that it has loaded, states the new version, and samples from what it had. */
  readonly keepsOldWeights?: boolean;
  /** Says that it has loaded, and does nothing. */
  readonly ignoresLoads?: boolean;
  /** Paths, and what is answered to requests for them: a status, or nothing at all. */
  readonly answers?: Readonly<Record<string, number | 'nothing'>>;
}

export interface FakeInferenceServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked, in order: `POST /pause`. */
  readonly asked: readonly string[];
  readonly paused: boolean;
  /** Names of LoRA adapters with where they were loaded from. */
  readonly adapters: ReadonlyMap<string, string>;
  faults: Faults;
}

/** State of a server, shared by the routes of all kinds. */
interface State {
  weights: string;
  version: string;
  paused: boolean;
  readonly adapters: Map<string, string>;
  faults: Faults;
}

type Body = Readonly<Record<string, unknown>>;
type Route = (state: State, body: Body) => unknown;

/** vLLM, SGLang and prime-rl's servers on a real socket. Which log-probabilities come out depends on the weights alone. */
export function startFakeVllm(faults: Faults = {}): Promise<FakeInferenceServer> {
  return start(faults, { ...OPENAI, 'POST /v1/load_lora_adapter': loadAdapter });
}

export function startFakePrimeRl(faults: Faults = {}): Promise<FakeInferenceServer> {
  return start(faults, {
    ...OPENAI,
    'POST /load_lora_adapter': loadAdapter,
    'POST /pause': (state) => ((state.paused = true), {}),
    'POST /resume': (state) => ((state.paused = false), {}),
    'POST /update_weights': (state, { weight_dir: directory }) => {
      if (!state.faults.keepsOldWeights) state.weights = String(directory);
      return { status: 'ok' };
    },
  });
}

/** Older ones have a route for the version, newer ones say it of the model. */
export function startFakeSglang(
  faults: Faults = {},
  versionRoute = '/get_weight_version',
): Promise<FakeInferenceServer> {
  return start(faults, {
    'POST /pause_generation': (state) => ((state.paused = true), {}),
    'POST /continue_generation': (state) => ((state.paused = false), {}),
    'POST /flush_cache': () => 'Cache flushed.',
    'POST /update_weights_from_disk': (state, { model_path: directory, weight_version: version }) => {
      const { keepsOldWeights, ignoresLoads } = state.faults;
      if (!keepsOldWeights && !ignoresLoads) state.weights = String(directory);
      if (!ignoresLoads) state.version = String(version);
      return { success: directory !== '/not-there', message: 'as asked' };
    },
    [`GET ${versionRoute}`]: (state) => ({ weight_version: state.version }),
    'POST /generate': (state) => ({
      text: ' of',
      meta_info: {
        input_token_logprobs: [[null, 1, null], ...logprobsOf(state.weights).map((logprob) => [logprob, 2, null])],
      },
    }),
  });
}

const OPENAI: Readonly<Record<string, Route>> = {
  'GET /v1/models': ({ adapters }) => ({
    data: [{ id: 'base', root: '/models/base' }, ...[...adapters].map(([id, root]) => ({ id, root, parent: 'base' }))],
  }),
  'POST /v1/unload_lora_adapter': ({ adapters }, { lora_name: name }) =>
    adapters.delete(String(name)) ? 'Success' : undefined,
  'POST /v1/completions': ({ adapters, weights, faults }, { model }) => {
    const adapter = adapters.get(String(model));
    if (model !== 'base' && adapter === undefined) return undefined;
    const sampled = adapter === undefined || faults.keepsOldWeights ? weights : adapter;
    return { choices: [{ text: ' of', logprobs: { token_logprobs: [null, ...logprobsOf(sampled)] } }] };
  },
};

function loadAdapter({ adapters, faults }: State, { lora_name: name, lora_path: directory }: Body): unknown {
  // vLLM refuses a name that it has.
  if (adapters.has(String(name))) return undefined;
  if (!faults.ignoresLoads) adapters.set(String(name), String(directory));
  return `Success: LoRA adapter '${String(name)}' added successfully.`;
}

function logprobsOf(weights: string): readonly number[] {
  return [...createHash('sha256').update(weights).digest().subarray(0, 4)].map((byte) => -byte / 64);
}

async function start(faults: Faults, routes: Readonly<Record<string, Route>>): Promise<FakeInferenceServer> {
  const state: State = { weights: '/models/base', version: 'default', paused: false, adapters: new Map(), faults };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    const body = await bodyOf(request);
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const fault = state.faults.answers?.[path];
    if (fault === 'nothing') return;
    if (fault !== undefined) return void response.writeHead(fault).end('{"error":"a fault of the test"}');
    // What is sampled while a server is paused waits.
    if (state.paused && /generate|completions/.test(path)) return;
    const answer = routes[`${request.method ?? ''} ${path}`]?.(state, body);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { detail: 'Not Found' }));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    adapters: state.adapters,
    get paused() {
      return state.paused;
    },
    get faults() {
      return state.faults;
    },
    set faults(next) {
      state.faults = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
