import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readEnvironment } from '../../src/config/environment.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createLogger, installTemporalRuntime } from '../../src/workers/logging.ts';
import { startTemporalServer, type TemporalServer } from '../../src/workers/temporal-server.ts';
import { ORCHESTRATOR_QUEUE } from '../../src/workflows/workflow-ids.ts';
import { startInMemoryWorkers } from '../support/in-memory-workers.ts';
import { createGate } from '../support/scripted-players.ts';

/** For what a loaded machine may be slow at. */
const PATIENTLY = { timeout: 240_000, interval: 250 };

/** One for each episode, in the order in which their injectors are asked. */
const gates = [createGate(), createGate()];
const asked: number[] = [];
const policy = createScriptedPolicy({
  injector: async ({ request: { seed } }) => {
    if (!asked.includes(seed)) asked.push(seed);
    await gates[asked.indexOf(seed)]?.pass();
    return 'I give up.';
  },
});

let home: string;
let server: TemporalServer;
let client: Client;
let store: Store;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  installTemporalRuntime(createLogger({ level: 'fatal' }));
  home = mkdtempSync(join(tmpdir(), 'selfplay-versions-'));
  const { temporalBinary } = readEnvironment();
  server = await startTemporalServer({ binary: temporalBinary, home, port: 0, uiPort: 0 });
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  store = await createInMemoryStore();
  running.push(await startInMemoryWorkers({ server, store, policy, hostId: 'host', roles: ['sandbox-host'] }));
});

afterAll(async () => {
  for (const gate of gates) gate.open();
  await Promise.all(running.map((workers) => workers.stop()));
  await client.connection.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Starts an orchestrator of a build and makes it current, as docs/deployment.md has it. */
async function rollOut(buildId: string): Promise<void> {
  const version = { deploymentName: 'selfplay', buildId };
  running.push(
    await startInMemoryWorkers({ server, store, policy, hostId: buildId, roles: ['orchestrator'], version }),
  );
  const named = ['--deployment-name', 'selfplay', '--build-id', buildId, '--yes', '--address', server.address];
  const { temporalBinary } = readEnvironment();
  const setCurrent = () =>
    promisify(execFile)(temporalBinary, ['worker', 'deployment', 'set-current-version', ...named]).then(
      () => 'done',
      (error: unknown) => String(error),
    );
  // The server knows a version once its first worker has asked for work.
  await expect.poll(setCurrent, PATIENTLY).toBe('done');
  // What is current reaches the task queue a few seconds later: then what is started begins on it.
  await expect.poll(() => buildOfNewcomer(buildId), PATIENTLY).toBe(buildId);
}

let newcomers = 0;

/** Which build plays a workflow that begins now; it fails at its input, which is none. */
async function buildOfNewcomer(name: string): Promise<string | null | undefined> {
  newcomers += 1;
  const newcomer = { taskQueue: ORCHESTRATOR_QUEUE, workflowId: `${name}-${newcomers}`, args: [{}] };
  const handle = await client.workflow.start('selfPlayTraining', newcomer);
  await expect(handle.result()).rejects.toThrow();
  return buildOf(handle.workflowId);
}

/** Which build plays a workflow. */
async function buildOf(workflowId: string): Promise<string | null | undefined> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
}

describe('a new version of the workers', () => {
  it('begins the next life of a run, while the episode that is under way ends on the old one', async () => {
    await rollOut('one');
    const subjects = [{ name: 'tiny', directory: '/nowhere/tiny' }];
    const group = { injection_groups: 1, injection_group_size: 2, episode_window: 1, rollout: { turns: 1 } };
    const input = { subjects, policy: { kind: 'embedded' }, ...group };
    const run = { taskQueue: ORCHESTRATOR_QUEUE, workflowId: 'upgraded', args: [input] };
    const handle = await client.workflow.start('selfPlayTraining', run);
    await gates[0]?.reached;
    expect(await buildOf('upgraded')).toBe('one');
    await rollOut('two');
    gates[0]?.open();
    await gates[1]?.reached;
    const first = ['upgraded/episode-0', 'upgraded/episode-0/injector'];
    const second = ['upgraded', 'upgraded/episode-1', 'upgraded/episode-1/injector'];
    expect(await Promise.all(first.map(buildOf))).toEqual(['one', 'one']);
    expect(await Promise.all(second.map(buildOf))).toEqual(['two', 'two', 'two']);
    gates[1]?.open();
    expect(await handle.result()).toMatchObject({ episodes: { started: 2, finished: 2, lost: 0 } });
  });
});
