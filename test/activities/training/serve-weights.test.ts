import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { publishedFor } from '../../../src/activities/rollout/published-weights.ts';
import { putJson } from '../../../src/activities/services/json-blobs.ts';
import type { Services } from '../../../src/activities/services/services.ts';
import { createShardWriter } from '../../../src/activities/training/sequence-shards.ts';
import { createTrainingStepActivities } from '../../../src/activities/training/training-step-activities.ts';
import { ServingUnavailableError, WeightsNotServedError } from '../../../src/domain/failure/errors.ts';
import { rememberServings } from '../../../src/workers/remember-servings.ts';
import { rememberTrainers } from '../../../src/workers/remember-trainers.ts';
import { startFakeSglang, startFakeVllm, type FakeInferenceServer } from '../../serving/fake-inference-server.ts';
import { AT, aRun } from '../../store/ledger-builders.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';
import { aConfiguration, type Said } from '../../support/run-fixture.ts';
import { aTokenSequence, aTrainingStep } from '../../trainer/a-training-step.ts';
import { answerStep } from '../../trainer/files/answer-step.ts';

let directory: string;
let server: FakeInferenceServer;
let services: Services;

beforeEach(async () => {
  directory = await temporaryDirectory();
  server = await startFakeVllm();
  ({ services } = await createFakeServices());
  services = { ...services, trainerFor: rememberTrainers(services.store.blobs), servingFor: rememberServings() };
  await services.store.ledger.openRun(aRun());
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await removeDirectory(directory);
});

/** A run that is trained by whoever answers its folders, and sampled from the server, as somebody configures it. */
function aRunOf(serving: Said = { kind: 'vllm' }) {
  const { kind } = serving;
  const { training, policy } = aConfiguration({
    policy: { kind, base_url: server.url, model: 'base', tokenizer: '/models/base' },
    training: {
      trainer: { kind: 'files', directory, initial_weights: { kind: 'weights', directory: '/models/base' } },
      serving: { replicas: [server.url], ...serving },
      max_lag: 1,
    },
  });
  if (training === undefined) throw new Error('nothing trains');
  const run = { runId: 'run', training, policy };
  const activities = createTrainingStepActivities(services, plainly);
  return {
    open: () => activities.openTraining(run),
    /** A step that is answered with an adapter, or with whole weights. */
    train: async (step: number, made: 'lora' | 'weights' = 'lora') => {
      await assemble(step);
      const trained = activities.trainStep({ ...run, step });
      const folder = join(directory, 'steps', String(step).padStart(6, '0'));
      await Promise.race([trained, answerStep(folder, { kind: made, untilThere: true })]);
      return trained;
    },
    recover: () => activities.recoverTraining(run),
  };
}

/** A step of one sequence, without the episodes that it comes from. */
async function assemble(step: number): Promise<void> {
  const { ledger, blobs } = services.store;
  if ((await ledger.findTrainingStep('run', step)) !== undefined) return;
  const writer = createShardWriter(blobs);
  await writer.add(aTokenSequence(`${step}`, 3 + step));
  const { manifest } = aTrainingStep(step, [], { shards: await writer.finish() });
  const row = { runId: 'run', step, policyVersion: step - 1, assembledAt: AT };
  await ledger.recordTrainingStep({
    step: { ...row, manifest: await putJson(blobs, manifest) },
    ...{ groups: [], stale: [] },
  });
}

const sampledFrom = () =>
  publishedFor(services, { weights: 'published', owner: { runId: 'run', episodeId: 'run/episode-0' } });
const loads = () => server.asked.filter((asked) => /load_lora_adapter|update_weights/.test(asked));

describe('weights that somebody trains by files', () => {
  it('are loaded by the inference servers before anything is sampled from them', async () => {
    const run = aRunOf();
    await run.open();
    expect(loads()).toEqual([]);
    expect(await sampledFrom()).toMatchObject({ kind: 'weights', version: 0, directory: '/models/base' });
    for (const step of [1, 2, 3]) expect(await run.train(step)).toEqual({ step, policyVersion: step });
    expect(await sampledFrom()).toMatchObject({ kind: 'lora', version: 3 });
    expect([...server.adapters.keys()]).toEqual(['policy-v2', 'policy-v3']);
  });

  it('end the run where a replica keeps the old ones, and are not sampled from', async () => {
    const run = aRunOf();
    await run.open();
    server.faults = { keepsOldWeights: true };
    const trained = run.train(1);
    await expect(trained).rejects.toThrow(WeightsNotServedError);
    await expect(trained).rejects.toThrow(`${server.url} still samples from the weights before version 1`);
    expect(await sampledFrom()).toMatchObject({ version: 0 });
  });

  it('are waited for where a replica is down, and only loaded again', async () => {
    const run = aRunOf();
    await run.open();
    server.faults = { answers: { '/v1/load_lora_adapter': 503 } };
    await expect(run.train(1)).rejects.toThrow(ServingUnavailableError);
    const trained = await services.store.ledger.findReceipt('run', 1);
    expect(await sampledFrom()).toMatchObject({ version: 0 });
    server.faults = {};
    await run.train(1);
    expect(await services.store.ledger.findReceipt('run', 1)).toEqual({
      ...trained,
      served: expect.stringContaining(server.url),
    });
    expect(await sampledFrom()).toMatchObject({ version: 1 });
  });

  it('are looked at when a run begins whose servers were down', async () => {
    const run = aRunOf();
    server.faults = { answers: { '/v1/completions': 503 } };
    await expect(run.open()).rejects.toThrow(ServingUnavailableError);
    expect(await sampledFrom()).toBeUndefined();
    server.faults = {};
    await run.open();
    expect(await sampledFrom()).toMatchObject({ version: 0 });
  });

  it('are published again when the trainer was lost between two steps', async () => {
    const run = aRunOf();
    await run.open();
    await run.train(1);
    await run.recover();
    expect(loads()).toEqual([
      'POST /v1/load_lora_adapter',
      'POST /v1/unload_lora_adapter',
      'POST /v1/load_lora_adapter',
    ]);
    expect(await sampledFrom()).toMatchObject({ version: 1 });
  });
});

it('whole weights that a run begins with are loaded, for servers may have those of an earlier run', async () => {
  await server[Symbol.asyncDispose]();
  server = await startFakeSglang();
  const run = aRunOf({ kind: 'sglang' });
  await run.open();
  expect(loads()).toEqual(['POST /update_weights_from_disk']);
  await run.train(1, 'weights');
  expect(await sampledFrom()).toMatchObject({ kind: 'weights', version: 1 });
});
