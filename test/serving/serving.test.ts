import { afterEach, describe, expect, it } from 'vitest';
import { ServingUnavailableError, WeightsNotServedError } from '../../src/domain/failure/errors.ts';
import type { DirectoryPublication } from '../../src/domain/training/publication.ts';
import { createPrimeRlServing } from '../../src/serving/http/prime-rl-serving.ts';
import type { ServingOptions } from '../../src/serving/http/replica-serving.ts';
import { createSglangServing } from '../../src/serving/http/sglang-serving.ts';
import { createVllmServing } from '../../src/serving/http/vllm-serving.ts';
import type { PublishCall, Serving } from '../../src/serving/serving.ts';
import {
  startFakePrimeRl,
  startFakeSglang,
  startFakeVllm,
  type FakeInferenceServer,
  type Faults,
} from './fake-inference-server.ts';

interface Kind {
  readonly start: (faults?: Faults) => Promise<FakeInferenceServer>;
  readonly create: (options: ServingOptions) => Serving;
  readonly publication: (version: number) => DirectoryPublication;
  /** Where weights are loaded, and a server is told to go on. */
  readonly load: string;
  readonly resume: string | undefined;
}

const weights = (version: number) => ({ kind: 'weights', version, directory: `/weights/${version}` }) as const;
const lora = (version: number) => ({ kind: 'lora', version, directory: `/adapters/${version}` }) as const;

const KINDS: Readonly<Record<string, Kind>> = {
  vLLM: {
    ...{ start: startFakeVllm, create: createVllmServing, publication: lora },
    ...{ load: '/v1/load_lora_adapter', resume: undefined },
  },
  SGLang: {
    ...{ start: startFakeSglang, create: createSglangServing, publication: weights },
    ...{ load: '/update_weights_from_disk', resume: '/continue_generation' },
  },
  'prime-rl with whole weights': {
    ...{ start: startFakePrimeRl, create: createPrimeRlServing, publication: weights },
    ...{ load: '/update_weights', resume: '/resume' },
  },
  'prime-rl with adapters': {
    ...{ start: startFakePrimeRl, create: createPrimeRlServing, publication: lora },
    ...{ load: '/load_lora_adapter', resume: '/resume' },
  },
};
const PAUSING = Object.entries(KINDS).flatMap(([name, { resume, ...kind }]) =>
  resume === undefined ? [] : [[name, { ...kind, resume }] as const],
);

const servers: FakeInferenceServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

/** Two replicas, of which the second one has the faults, and what publishes to them. */
async function aFleet({ start, create }: Pick<Kind, 'start' | 'create'>, faults: Faults = {}) {
  const sound = await start();
  const faulty = await start(faults);
  servers.push(sound, faulty);
  const serving = create({
    ...{ replicas: [`${sound.url}/v1/`, faulty.url], model: 'base' },
    ...{ answerTimeoutMs: 2000, loadTimeoutMs: 2000 },
  });
  return { serving, sound, faulty };
}

async function aCall(serving: Serving, changes: Partial<PublishCall> = {}): Promise<PublishCall> {
  const call = { signal: new AbortController().signal, say: () => undefined };
  return { ...call, before: await serving.look(call), changed: true, oldestSampled: 0, ...changes };
}

describe.each(Object.entries(KINDS))('serving by %s', (_, kind) => {
  it('has every replica sample from the new weights, version after version', async () => {
    const { serving, sound, faulty } = await aFleet(kind);
    const call = await aCall(serving);
    const first = await serving.publish(kind.publication(1), call);
    const second = await serving.publish(kind.publication(2), { ...call, before: first });
    expect(Object.keys(second.probes)).toEqual([sound.url, faulty.url]);
    expect(second.probes[sound.url]).toEqual(second.probes[faulty.url]);
    expect(new Set([call.before, first, second].map((served) => JSON.stringify(served.probes))).size).toBe(3);
    expect([sound.paused, faulty.paused]).toEqual([false, false]);
  });

  it('may publish the same again', async () => {
    const { serving } = await aFleet(kind);
    const call = await aCall(serving);
    const first = await serving.publish(kind.publication(1), call);
    expect(await serving.publish(kind.publication(1), call)).toEqual(first);
  });

  it('says what is done, and where', async () => {
    const { serving, sound, faulty } = await aFleet(kind);
    const said: string[] = [];
    const call = await aCall(serving, { say: (what) => said.push(what) });
    await serving.publish(kind.publication(1), call);
    expect(said).toContain(`loading version 1 from ${kind.publication(1).directory}: ${sound.url}, ${faulty.url}`);
  });

  it('names the replica that keeps the old weights and says that it has the new ones', async () => {
    const { serving, sound, faulty } = await aFleet(kind, { keepsOldWeights: true });
    const published = serving.publish(kind.publication(1), await aCall(serving));
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow(`${faulty.url} still samples from the weights before version 1`);
    await expect(published).rejects.not.toThrow(sound.url);
    expect([sound.paused, faulty.paused]).toEqual([false, false]);
  });

  it('takes equal log-probabilities where the step has changed nothing', async () => {
    const { serving } = await aFleet(kind, { keepsOldWeights: true });
    const call = await aCall(serving, { changed: false });
    expect(await serving.publish(kind.publication(1), call)).toHaveProperty('probes');
  });

  it('names the replica that refuses the weights, with what it says', async () => {
    const { serving, sound, faulty } = await aFleet(kind, { answers: { [kind.load]: 400 } });
    const published = serving.publish(kind.publication(1), await aCall(serving));
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow(
      `POST ${faulty.url}${kind.load} answered 400: {"error":"a fault of the test"}`,
    );
    expect([sound.paused, faulty.paused]).toEqual([false, false]);
  });

  it.each([503, 429])('asks for another try where a replica answers %s, and takes it', async (answer) => {
    const { serving, faulty } = await aFleet(kind, { answers: { [kind.load]: answer } });
    const call = await aCall(serving);
    const published = serving.publish(kind.publication(1), call);
    await expect(published).rejects.toThrow(ServingUnavailableError);
    await expect(published).rejects.toThrow(faulty.url);
    expect(faulty.paused).toBe(false);
    faulty.faults = {};
    expect(Object.keys((await serving.publish(kind.publication(1), call)).probes)).toHaveLength(2);
  });

  it('compares a replica that is new with what it has sampled from until now', async () => {
    const { serving, faulty } = await aFleet(kind, { keepsOldWeights: true });
    const call = await aCall(serving);
    const { [faulty.url]: _, ...probes } = call.before.probes;
    const published = serving.publish(kind.publication(1), { ...call, before: { probes } });
    await expect(published).rejects.toThrow(`${faulty.url} still samples from the weights before version 1`);
  });

  it('ends with its caller, and leaves no replica paused', async () => {
    const { serving, sound, faulty } = await aFleet(kind, { answers: { [kind.load]: 'nothing' } });
    const controller = new AbortController();
    const say = (what: string) => {
      if (what.startsWith('loading')) controller.abort(new Error('left while it loaded'));
    };
    const published = serving.publish(kind.publication(1), await aCall(serving, { signal: controller.signal, say }));
    await expect(published).rejects.toThrow('left while it loaded');
    expect([sound.paused, faulty.paused]).toEqual([false, false]);
  });
});

describe.each(PAUSING)('serving by %s', (_, kind) => {
  it('pauses all replicas before one of them loads, and resumes them when all have loaded', async () => {
    const { serving, sound } = await aFleet(kind);
    const call = await aCall(serving);
    const from = sound.asked.length;
    await serving.publish(kind.publication(1), call);
    const asked = sound.asked.slice(from);
    const place = (path: string) => asked.findIndex((request) => request.startsWith(`POST ${path}`));
    expect(place('/pause')).toBeGreaterThan(-1);
    expect(place('/pause')).toBeLessThan(place(kind.load));
    expect(place(kind.load)).toBeLessThan(place(kind.resume));
  });

  it('says which replica is still paused', async () => {
    const { serving, faulty } = await aFleet(kind, { answers: { [kind.resume]: 500 } });
    const published = serving.publish(kind.publication(1), await aCall(serving));
    await expect(published).rejects.toThrow(ServingUnavailableError);
    await expect(published).rejects.toThrow(`still paused: POST ${faulty.url}${kind.resume} answered 500`);
  });

  it('says which replica is still paused also when the weights are refused', async () => {
    const { serving, faulty } = await aFleet(kind, { answers: { [kind.load]: 404, [kind.resume]: 500 } });
    const published = serving.publish(kind.publication(1), await aCall(serving));
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow(
      new RegExp(`${kind.load} answered 404: .*; still paused: POST ${faulty.url}${kind.resume}`),
    );
  });
});

describe('serving LoRA adapters by vLLM', () => {
  it('keeps versions that rollouts may still ask for, and unloads older ones', async () => {
    const { serving, sound } = await aFleet({ start: startFakeVllm, create: createVllmServing });
    let call = await aCall(serving);
    for (const version of [1, 2, 3]) {
      const before = await serving.publish(lora(version), { ...call, oldestSampled: version - 1 });
      call = { ...call, before };
    }
    expect([...sound.adapters]).toEqual([
      ['policy-v2', '/adapters/2'],
      ['policy-v3', '/adapters/3'],
    ]);
  });

  it('unloads what a run has left there that had the servers before', async () => {
    const { serving, sound } = await aFleet({ start: startFakeVllm, create: createVllmServing });
    await serving.publish(lora(7), await aCall(serving));
    const call = await aCall(serving);
    await serving.publish(lora(0), { ...call, changed: false });
    await serving.publish(lora(1), call);
    expect([...sound.adapters.keys()]).toEqual(['policy-v0', 'policy-v1']);
  });

  it('names the replica that does not list the version', async () => {
    const { serving, faulty } = await aFleet(
      { start: startFakeVllm, create: createVllmServing },
      { ignoresLoads: true },
    );
    const published = serving.publish(lora(1), await aCall(serving));
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow(
      `${faulty.url} does not have version 1: GET ${faulty.url}/v1/models does not list policy-v1`,
    );
  });

  it('loads an adapter again that lies under the same name', async () => {
    const { serving, sound } = await aFleet({ start: startFakeVllm, create: createVllmServing });
    const call = await aCall(serving);
    await serving.publish(lora(1), call);
    await serving.publish({ ...lora(1), directory: '/adapters/trained-again' }, call);
    expect(sound.adapters.get('policy-v1')).toBe('/adapters/trained-again');
  });

  it('takes no whole weights, and tells no replica of them', async () => {
    const { serving, sound } = await aFleet({ start: startFakeVllm, create: createVllmServing });
    const call = await aCall(serving);
    const from = sound.asked.length;
    const published = serving.publish(weights(1), call);
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow('vLLM loads lora');
    expect(sound.asked.slice(from)).toEqual([]);
  });
});

describe('serving whole weights by SGLang', () => {
  const kind = { start: startFakeSglang, create: createSglangServing };

  it('names the replica that says another version', async () => {
    const { serving, faulty } = await aFleet(kind, { ignoresLoads: true });
    const published = serving.publish(weights(1), await aCall(serving));
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow(`${faulty.url} does not have version 1: it says version default`);
  });

  it('names the replicas whose load has failed in an answer that says so', async () => {
    const { serving, sound } = await aFleet(kind);
    const published = serving.publish({ ...weights(1), directory: '/not-there' }, await aCall(serving));
    await expect(published).rejects.toThrow(WeightsNotServedError);
    await expect(published).rejects.toThrow(
      `POST ${sound.url}/update_weights_from_disk of /not-there failed: as asked`,
    );
  });

  it('reads the version of newer servers', async () => {
    const { serving } = await aFleet({ ...kind, start: (faults) => startFakeSglang(faults, '/model_info') });
    expect(await serving.publish(weights(1), await aCall(serving))).toHaveProperty('probes');
  });

  it('asks for another try where a replica hangs as it loads', async () => {
    const { serving, faulty } = await aFleet(kind, { answers: { '/update_weights_from_disk': 'nothing' } });
    const published = serving.publish(weights(1), await aCall(serving));
    await expect(published).rejects.toThrow(ServingUnavailableError);
    await expect(published).rejects.toThrow(`POST ${faulty.url}/update_weights_from_disk: no answer within 2000 ms`);
    expect(faulty.paused).toBe(false);
  });

  it('resumes a replica whose answer to the pause was lost, and loads nothing', async () => {
    const { serving, sound, faulty } = await aFleet(kind, { answers: { '/pause_generation': 'nothing' } });
    const published = serving.publish(weights(1), await aCall(serving));
    await expect(published).rejects.toThrow(`POST ${faulty.url}/pause_generation: no answer`);
    expect(faulty.asked).toContain('POST /continue_generation');
    expect(sound.paused).toBe(false);
    expect(sound.asked).not.toContain('POST /update_weights_from_disk');
  });

  it('flushes what it keeps of prompts under the old weights', async () => {
    const { serving, sound } = await aFleet(kind);
    await serving.publish(weights(1), await aCall(serving));
    const load = sound.asked.indexOf('POST /update_weights_from_disk');
    expect(sound.asked[load + 1]).toBe('POST /flush_cache');
  });
});

it('an API key is sent, and never quoted', async () => {
  const server = await startFakeVllm({ answers: { '/v1/completions': 401 } });
  servers.push(server);
  const serving = createVllmServing({ replicas: [server.url], model: 'base', apiKey: 'a fault of' });
  const looked = serving.look({ signal: new AbortController().signal, say: () => undefined });
  await expect(looked).rejects.toThrow('answered 401: {"error":"[api key] the test"}');
});

it('a replica that cannot be reached is asked again later', async () => {
  const serving = createVllmServing({ replicas: ['http://127.0.0.1:1'], model: 'base' });
  const looked = serving.look({ signal: new AbortController().signal, say: () => undefined });
  await expect(looked).rejects.toThrow(ServingUnavailableError);
});

it('an answer without log-probabilities proves nothing', async () => {
  const server = await startFakeVllm({ answers: { '/v1/completions': 200 } });
  servers.push(server);
  const serving = createVllmServing({ replicas: [server.url], model: 'base' });
  const looked = serving.look({ signal: new AbortController().signal, say: () => undefined });
  await expect(looked).rejects.toThrow(WeightsNotServedError);
  await expect(looked).rejects.toThrow(
    `POST ${server.url}/v1/completions does not say what the weights could be verified by`,
  );
});
