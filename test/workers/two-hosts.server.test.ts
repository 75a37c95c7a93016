import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readEnvironment } from '../../src/config/environment.ts';
import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { createLogger, installTemporalRuntime } from '../../src/workers/logging.ts';
import { startTemporalServer, type TemporalServer } from '../../src/workers/temporal-server.ts';
import { ORCHESTRATOR_QUEUE } from '../../src/workflows/workflow-ids.ts';
import { startInMemoryWorkers } from '../support/in-memory-workers.ts';
import { aRolloutSetting } from '../support/run-fixture.ts';
import { createGate } from '../support/scripted-players.ts';
import { openEpisode } from './open-episode.ts';

/** For what a loaded machine may be slow at. */
const PATIENTLY = { timeout: 240_000, interval: 100 };

const HOSTS = ['east', 'west'] as const;
/** One for each rollout. */
const gates = [createGate(), createGate(), createGate(), createGate()];

let home: string;
let server: TemporalServer;
let client: Client;
const hosts = new Map<string, Awaited<ReturnType<typeof startInMemoryWorkers>>>();

beforeAll(async () => {
  installTemporalRuntime(createLogger({ level: 'fatal' }));
  home = mkdtempSync(join(tmpdir(), 'selfplay-hosts-'));
  const { temporalBinary } = readEnvironment();
  server = await startTemporalServer({ binary: temporalBinary, home, port: 0, uiPort: 0 });
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const store = await createInMemoryStore();
  for (const index of gates.keys()) await openEpisode(store.ledger, rolloutId(index));
  const policy = createScriptedPolicy({
    injector: async ({ request: { seed } }) => {
      await gates[seed]?.pass();
      return 'I give up.';
    },
  });
  for (const hostId of HOSTS) {
    const roles = hostId === 'east' ? (['orchestrator', 'sandbox-host'] as const) : (['sandbox-host'] as const);
    hosts.set(hostId, await startInMemoryWorkers({ server, store, policy, hostId, roles, capacity: 1 }));
  }
});

afterAll(async () => {
  for (const gate of gates) gate.open();
  await Promise.all([...hosts.values()].map((workers) => workers.stop()));
  await client.connection.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

const rolloutId = (index: number) => `rollout-${index}`;

/** A rollout that ends with its gate: an injector with one turn, which submits nothing. */
function start(index: number) {
  const id = rolloutId(index);
  // The reaper asks for the owner, so that is a workflow too.
  const owner = { runId: 'run', episodeId: id };
  const setting = aRolloutSetting({ rolloutId: id, owner, seed: index, config: { rollout: { turns: 1 } } });
  return client.workflow.start('agentRollout', { taskQueue: ORCHESTRATOR_QUEUE, workflowId: id, args: [setting] });
}

const standing = (hostId: string | undefined) => hosts.get(hostId ?? '')?.standing() ?? [];

/** Rollouts whose boot no host has taken. */
async function waitingForAHost(): Promise<readonly string[]> {
  const waiting: string[] = [];
  for (const index of gates.keys()) {
    const { raw, status } = await client.workflow.getHandle(rolloutId(index)).describe();
    // The API's number for a step that is still in its queue is 1.
    const isQueued = raw.pendingActivities?.some(({ state }) => Number(state) === 1) === true;
    if (status.name === 'RUNNING' && isQueued) waiting.push(rolloutId(index));
  }
  return waiting;
}

describe('two hosts with a place each, and four rollouts', () => {
  it('share them: none waits on a host that is full while the other is free', async () => {
    const handles = [await start(0), await start(1)];
    await expect.poll(() => HOSTS.map((hostId) => standing(hostId).length), PATIENTLY).toEqual([1, 1]);
    handles.push(await start(2), await start(3));
    await expect.poll(waitingForAHost, PATIENTLY).toEqual([rolloutId(2), rolloutId(3)]);

    // The first rollout keeps its host to the end: all others go through the other one.
    const kept = HOSTS.find((hostId) => standing(hostId).includes(rolloutId(0)));
    const other = HOSTS.find((hostId) => hostId !== kept);
    for (let left = [1, 2, 3]; left.length > 0;) {
      const next = () => left.find((index) => standing(other).includes(rolloutId(index)));
      await expect.poll(next, PATIENTLY).toBeDefined();
      const index = next() ?? 0;
      expect([standing(kept), standing(other)]).toEqual([[rolloutId(0)], [rolloutId(index)]]);
      gates[index]?.open();
      await handles[index]?.result();
      left = left.filter((done) => done !== index);
    }
    gates[0]?.open();
    const ends = await Promise.all(handles.map((handle) => handle.result()));
    expect(ends).toMatchObject(handles.map(() => ({ outcome: 'turn-limit' })));
    expect(HOSTS.flatMap((hostId) => standing(hostId))).toEqual([]);
  });
});
