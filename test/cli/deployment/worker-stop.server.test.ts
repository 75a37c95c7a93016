import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { readEnvironment } from '../../../src/config/environment.ts';
import { renderToolCall } from '../../../src/domain/protocol/call-text.ts';
import type { PolicyScript } from '../../../src/policy/scripted-policy.ts';
import { createFileStore } from '../../../src/store/file-store.ts';
import type { Ledger } from '../../../src/store/store.ts';
import { startTemporalServer, type TemporalServer } from '../../../src/workers/temporal-server.ts';
import { countingReplies, createGate } from '../../support/scripted-players.ts';
import { servePolicy } from '../../support/serve-policy.ts';
import { temporaryDirectory } from '../command-fixture.ts';
import { startSelfplay, type SelfplayProcess } from '../selfplay-process.ts';

/** Starts of a server and of some workers: half a minute alone, minutes beside other tests. */

const look = renderToolCall({ tool: 'bash', command: 'ls' });

let server: TemporalServer;
let client: Client;
let serverHome: string;

beforeAll(async () => {
  serverHome = mkdtempSync(join(tmpdir(), 'selfplay-stop-'));
  const { temporalBinary: binary } = readEnvironment();
  server = await startTemporalServer({ binary, home: serverHome, port: 0, uiPort: 0 });
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
});

afterAll(async () => {
  await client.connection.close();
  await server.stop();
  rmSync(serverHome, { recursive: true, force: true });
});

/** An injector that looks around and submits nothing, on workers that are processes of their own. */
async function aRun(workflowId: string, injector: PolicyScript['injector']) {
  const players = countingReplies({ ...(injector === undefined ? {} : { injector }) });
  const served = await servePolicy(players.policy);
  onTestFinished(() => served[Symbol.asyncDispose]());
  const home = temporaryDirectory();
  const tiny = join(home, 'tiny');
  mkdirSync(tiny);
  writeFileSync(join(tiny, 'README.md'), 'tiny\n');
  const input = {
    subjects: [{ name: 'tiny', directory: tiny }],
    policy: { kind: 'openai', base_url: served.baseUrl, model: 'scripted' },
    ...{ injection_groups: 1, injection_group_size: 1, attempts: 1 },
    // One slice, were no worker stopped.
    rollout: { turns: 3, slice_seconds: 3600 },
  };
  const handle = await client.workflow.start('selfPlayTraining', { taskQueue: 'selfplay', workflowId, args: [input] });
  const startWorker = () =>
    startSelfplay(['worker', '--address', server.address, '--home', home, '--sandbox', 'bubblewrap'], {
      SELFPLAY_HOST_ID: workflowId,
      SELFPLAY_LOG_LEVEL: 'fatal',
    });
  return { handle, players, startWorker, home, rolloutId: `${workflowId}/episode-0/injector` };
}

async function withLedger<Result>(home: string, read: (ledger: Ledger) => Promise<Result>): Promise<Result> {
  const store = await createFileStore({ directory: join(home, 'store') });
  try {
    return await read(store.ledger);
  } finally {
    await store.close();
  }
}

/** Waits until its agent waits for the reply at the gate. */
async function atWork(worker: SelfplayProcess, gate: ReturnType<typeof createGate>): Promise<void> {
  const ended = worker.ended.then(() => Promise.reject(new Error(worker.written().stderr)));
  ended.catch(() => undefined);
  await Promise.race([gate.reached, ended]);
}

/** Asks it to stop and waits until it has begun to. */
async function stop(worker: SelfplayProcess, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  worker.child.kill(signal);
  await worker.waitFor('stopping: agents finish the turn they are in');
}

describe('a worker that is asked to stop', () => {
  it('finishes the turn it is in, by either signal, and the next one goes on: no reply is paid for in vain', async () => {
    const gates = [createGate(), createGate()] as const;
    const { handle, players, startWorker, home, rolloutId } = await aRun('drained', async ({ turn }) => {
      await gates[turn]?.pass();
      return look;
    });
    for (const [turn, signal] of [
      [0, 'SIGTERM'],
      [1, 'SIGINT'],
    ] as const) {
      const worker = startWorker();
      const gate = gates[turn];
      await atWork(worker, gate);
      await stop(worker, signal);
      gate.open();
      expect(await worker.ended).toBe(0);
      const turns = await withLedger(home, (ledger) => ledger.readTurns(rolloutId));
      expect(turns.map(({ observation }) => observation !== null)).toEqual(
        Array.from({ length: turn + 1 }, () => true),
      );
    }
    const worker = startWorker();
    expect(await handle.result()).toMatchObject({ episodes: { finished: 1, lost: 0 } });
    await stop(worker, 'SIGTERM');
    expect(await worker.ended).toBe(0);
    expect([...players.replies.values()]).toEqual([1, 1, 1]);
    expect(await withLedger(home, (ledger) => ledger.countLostReplies('drained'))).toBe(0);
  });

  it('goes at once when it is asked again, and the reply that it waited for is counted as lost', async () => {
    const gate = createGate();
    const { handle, startWorker, home, rolloutId } = await aRun('hurried', async () => {
      await gate.pass();
      return look;
    });
    const worker = startWorker();
    await atWork(worker, gate);
    await stop(worker, 'SIGTERM');
    worker.child.kill('SIGTERM');
    await worker.ended;
    expect(await withLedger(home, (ledger) => ledger.readTurns(rolloutId))).toEqual([]);
    gate.open();
    const next = startWorker();
    expect(await handle.result()).toMatchObject({ episodes: { finished: 1, lost: 0 } });
    expect(await withLedger(home, (ledger) => ledger.countLostReplies('hurried'))).toBe(1);
    await stop(next, 'SIGTERM');
  });
});
