import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { describe, expect, it, onTestFinished } from 'vitest';

import { readHomeLock } from '../../../src/cli/command/home-holder.ts';
import { keepServer } from '../../../src/cli/deployment/keep-server.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { startTemporalServer, type TemporalServer } from '../../../src/workers/temporal-server.ts';
import { ORCHESTRATOR_QUEUE } from '../../../src/workflows/workflow-ids.ts';
import { temporaryDirectory } from '../command-fixture.ts';
import { startSelfplay } from '../selfplay-process.ts';

/** Two starts of a server and one of the workers: half a minute alone, minutes beside other tests. */

function serverProcess(home: string): number {
  return Number(readFileSync(join(home, 'temporal.pid'), 'utf8'));
}

describe('a Temporal server that is lost', () => {
  it('by a kill is started again by `up`, with its workflows, and the workers find it', async () => {
    const home = temporaryDirectory();
    const up = startSelfplay(['up', '--sandbox', 'bubblewrap', '--home', home, '--port', '0', '--ui-port', '0']);
    await up.waitFor('selfplay is up');
    const address = readHomeLock(home)?.address ?? '';
    const misspelt = await startMisspelt(address, 'before');
    expect(misspelt).toContain('atempts: unknown key');
    const killed = serverProcess(join(home, 'temporal'));
    process.kill(killed, 'SIGKILL');
    await up.waitFor('the Temporal server was ended by SIGKILL; starting it again on the same database (restart 1 of');
    await up.waitFor('the Temporal server is back');
    expect(serverProcess(join(home, 'temporal'))).not.toBe(killed);
    expect(await statusOf(address, 'before')).toBe('FAILED');
    expect(await startMisspelt(address, 'after')).toContain('atempts: unknown key');
    up.child.kill('SIGINT');
    expect(await up.ended).toBe(0);
  });

  it('by standing still is killed and started again on the same ports', async () => {
    const home = temporaryDirectory();
    const { temporalBinary } = readEnvironment();
    const servers: TemporalServer[] = [];
    let back: () => void = () => undefined;
    const isBack = new Promise<void>((resolve) => (back = resolve));
    const told: string[] = [];
    const kept = await keepServer({
      ports: { port: 0, uiPort: 0 },
      start: async (ports) => {
        servers.push(await startTemporalServer({ binary: temporalBinary, home, ...ports }));
        return servers[servers.length - 1] ?? Promise.reject(new RangeError('it was just pushed'));
      },
      tell: (line) => {
        told.push(line);
        if (line === 'the Temporal server is back') back();
      },
      // Silent sooner than for a person, and forgiving should this machine be slow.
      patience: { checkEveryMs: 200, silentChecks: 2, restarts: 50, withinMs: 600_000 },
    });
    onTestFinished(() => kept.stop());
    process.kill(serverProcess(home), 'SIGSTOP');
    await isBack;
    expect(told[0]).toContain('the Temporal server does not answer any more; starting it again on the same database');
    expect(await servers[0]?.ended).toBe('was ended by SIGKILL');
    expect(servers.at(-1)?.ports).toEqual(servers[0]?.ports);
  });
});

async function withClient<Result>(address: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const connection = await Connection.connect({ address, connectTimeout: '1 minute' });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** A run whose input a worker refuses, which shows that one is at work; the message that it leaves. */
function startMisspelt(address: string, workflowId: string): Promise<string> {
  return withClient(address, async (client) => {
    const input = { atempts: 3 };
    const options = { taskQueue: ORCHESTRATOR_QUEUE, workflowId, args: [input] };
    try {
      await client.workflow.execute('selfPlayTraining', options);
      return 'it was taken';
    } catch (error) {
      return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
  });
}

function statusOf(address: string, workflowId: string): Promise<string> {
  return withClient(address, async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name);
}
