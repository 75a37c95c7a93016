import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { CommandFailure, EXIT } from '../../../src/cli/command/exit-codes.ts';
import { holdHome } from '../../../src/cli/command/home-lock.ts';
import { nodeDiagnosis, policyDiagnosis } from '../../../src/cli/machine/machine-checks.ts';
import { BlobMissingError } from '../../../src/domain/failure/errors.ts';
import type { BlobRef } from '../../../src/domain/record/blob-ref.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import { aReply, aRollout, openAll } from '../../store/ledger-builders.ts';
import { aConfiguration } from '../../support/run-fixture.ts';
import { createFakeTemporal, runCommand } from '../command-fixture.ts';
import { createFakeDeployment, leaveSandbox } from '../fake-deployment.ts';

describe('gc', () => {
  it('says what it would remove, and removes nothing, with --dry-run', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'left', 'run');
    const { exitCode, stdout } = await runCommand(['gc', '--dry-run'], world);
    expect([exitCode, stdout]).toEqual([0, 'would remove sandbox left: orphaned\n1 sandbox to remove\n']);
    await expect(world.services.sandboxes.list()).resolves.toHaveLength(1);
  });

  it('removes sandboxes that nobody comes back to, and leaves a judgement at work alone', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'left', 'run');
    await leaveSandbox(world, 'judging', 'local');
    await runCommand(['gc'], world);
    const left = await world.services.sandboxes.list();
    expect(left.map(({ id }) => id)).toEqual(['judging']);
  });

  it('touches only what has expired while a command holds the home', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    await leaveSandbox(world, 'in-use', 'run');
    await leaveSandbox(world, 'expired', 'run', true);
    holdHome(world.environment.home, 'up');
    const { stdout, stderr } = await runCommand(['gc', '--json'], world);
    expect(JSON.parse(stdout)).toMatchObject({ sandboxes: [{ id: 'expired', reason: 'expired' }], server: null });
    expect(stderr).toContain('selfplay up runs here');
  });
});

describe('gc of snapshots', () => {
  /** A rollout that has ended and one that goes on, with a snapshot each. */
  async function saved() {
    const world = await createFakeDeployment(createFakeTemporal({}));
    mkdirSync(world.environment.home, { recursive: true });
    const { ledger, blobs } = world.services.store;
    await openAll(ledger);
    await ledger.openRollout(aRollout({ rolloutId: 'at-work', attempt: 1 }));
    const snapshots = new Map<string, BlobRef>();
    const startedAt = '2026-01-02T03:04:05.678Z';
    for (const rolloutId of ['rollout', 'at-work']) {
      const epoch = await ledger.claimRollout(rolloutId, 'sandbox');
      await ledger.recordReply(aReply({ rolloutId, epoch }));
      const snapshot = await blobs.put(Buffer.from(`the snapshot of ${rolloutId}`));
      await ledger.recordSnapshot({ rolloutId, turn: 0, epoch, snapshot, savedAt: startedAt });
      snapshots.set(rolloutId, snapshot);
    }
    const endedAt = '2026-01-02T03:04:05.678Z';
    const end = { outcome: 'lost', problem: 'no host', submission: null, trajectory: null, endedAt } as const;
    await ledger.closeRollout({ rolloutId: 'rollout', ...end });
    const isThere = async (rolloutId: string) => {
      const ref = snapshots.get(rolloutId);
      return ref !== undefined && (await blobs.get(ref).catch(() => undefined)) !== undefined;
    };
    return { world, there: async () => [await isThere('rollout'), await isThere('at-work')] };
  }

  it('says how many no rollout needs, with --dry-run, and keeps them', async () => {
    const { world, there } = await saved();
    const { stdout } = await runCommand(['gc', '--dry-run'], world);
    expect(stdout).toContain('would remove 1 snapshot that no rollout needs');
    expect(await there()).toEqual([true, true]);
  });

  it('removes those of rollouts that are over, and no other', async () => {
    const { world, there } = await saved();
    const { stdout } = await runCommand(['gc', '--json'], world);
    expect(JSON.parse(stdout)).toMatchObject({ snapshots: { count: 1, bytes: 'the snapshot of rollout'.length } });
    expect(await there()).toEqual([false, true]);
    const again = await runCommand(['gc', '--json'], world);
    expect(JSON.parse(again.stdout)).toMatchObject({ snapshots: { count: 0, bytes: 0 } });
  });
});

describe('gc --caches', () => {
  /** A home with two copies of source trees, of which a living sandbox holds one, and a compiled supervisor. */
  async function cached() {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const sandboxes = join(world.environment.home, 'sandboxes');
    for (const path of ['.trees/free/tree', '.trees/held/tree', '.python/usr'])
      mkdirSync(join(sandboxes, path), { recursive: true });
    for (const name of ['free', 'held']) writeFileSync(join(sandboxes, '.trees', name, 'lock'), '');
    const holding = [
      '--no-fork',
      '--shared',
      join(sandboxes, '.trees/held/lock'),
      'sh',
      '-c',
      'echo held; exec sleep 60',
    ];
    const holder = spawn('flock', [...holding], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void holder.kill());
    await once(holder.stdout, 'data');
    const left = () => ['.trees/free', '.trees/held', '.python'].filter((path) => existsSync(join(sandboxes, path)));
    return { world, left };
  }

  it('says what may go, and removes none of it where that is not asked for', async () => {
    const { world, left } = await cached();
    expect((await runCommand(['gc'], world)).stdout).toMatch(
      /2 caches of 0\.0 MiB may go too: `selfplay gc --caches`\n$/,
    );
    const { stdout } = await runCommand(['gc', '--dry-run', '--caches'], world);
    expect(stdout).toMatch(/would remove source-tree .*\/\.trees\/free: .* MiB\nwould remove python/);
    expect(left()).toHaveLength(3);
  });

  it('removes what no living sandbox holds', async () => {
    const { world, left } = await cached();
    const { stdout } = await runCommand(['gc', '--caches', '--json'], world);
    expect(JSON.parse(stdout)).toMatchObject({
      caches: [
        { kind: 'source-tree', removed: true },
        { kind: 'python', removed: true },
      ],
    });
    expect(left()).toEqual(['.trees/held']);
  });
});

describe('doctor', () => {
  it('lists what is there and what is not, each with its remedy, and exits with 1', async () => {
    const world = await createFakeDeployment(createFakeTemporal({ missing: ['Strategy'] }));
    const { exitCode, stdout } = await runCommand(['doctor'], world);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/ok +node +v/);
    expect(stdout).toMatch(/ok +server +127\.0\.0\.1:7233, Temporal 1\.31\.2/);
    expect(stdout).toMatch(
      /problem +search attributes +missing: Strategy\n +-> temporal operator search-attribute create/,
    );
    expect(stdout).toMatch(/problem +subjects +not there: \/nowhere\/toolz\n +-> scripts\/setup --only subjects/);
    expect(stdout).toMatch(/problem +temporal .*\n +-> scripts\/setup --only temporal/);
  });

  it('notes a namespace that forgets what has ended while a run still goes on, with the command that mends it', async () => {
    const said = async (retentionDays: number) => {
      const world = await createFakeDeployment(createFakeTemporal({ retentionDays }));
      return (await runCommand(['doctor'], world)).stdout;
    };
    expect(await said(1)).toMatch(
      /note +retention +default keeps workflows that have ended for 1 days; .*\n +-> temporal operator namespace update --namespace default --retention 30d/,
    );
    expect(await said(7)).toMatch(/ok +retention +7 days/);
  });

  it('takes a missing server for a problem only where one is named', async () => {
    const document = async (parameters: readonly string[]): Promise<unknown> => {
      const { stdout } = await runCommand(['doctor', '--json', ...parameters]);
      return JSON.parse(stdout);
    };
    const server = (status: string) => ({
      checks: expect.arrayContaining([expect.objectContaining({ name: 'server', status })]),
    });
    expect(await document([])).toMatchObject(server('note'));
    expect(await document(['--address', 'far:7233'])).toMatchObject(server('problem'));
  });

  it('says where the store is, and what is wrong with it', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    expect((await runCommand(['doctor'], world)).stdout).toMatch(
      /ok +store +ledger: SQLite in .*store, blobs: .*blobs, runs: 0\n/,
    );
    const openStore = async () => {
      const store = await createInMemoryStore();
      const get = () => Promise.reject(new BlobMissingError('no blob under this hash'));
      return { ...store, blobs: { ...store.blobs, get } };
    };
    const { exitCode, stdout } = await runCommand(['doctor'], { ...world, backends: { ...world.backends, openStore } });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/problem +store +no blob under this hash\n +-> name another place with --home\n/);
    expect(stdout).toMatch(/ok +policy +embedded/);
  });

  it('says which versions work together', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const { stdout } = await runCommand(['doctor'], world);
    expect(stdout).toMatch(/ok +selfplay +\d+\.\d+\.\d+\n/);
    expect(stdout).toMatch(/ok +temporal SDK +1\.\d+\.\d+\n/);
    expect(stdout).toMatch(/ +engine +/);
    expect(stdout).not.toContain('model call');
  });

  it('tells a namespace that is not there from a server that is not', async () => {
    const connectTemporal = () => Promise.reject(new CommandFailure('no namespace "mine"', EXIT.usage));
    const { stdout } = await runCommand(['doctor', '--namespace', 'mine'], { backends: { connectTemporal } });
    expect(stdout).toMatch(/ok +server +127\.0\.0\.1:7233\n/);
    expect(stdout).toMatch(
      /problem +namespace +mine is not there\n +-> temporal operator namespace create --namespace mine/,
    );
  });

  it.each([
    ['v20.12.0', 'ok'],
    ['v22.1.0', 'ok'],
    ['v20.11.1', 'problem'],
    ['v18.20.0', 'problem'],
  ])('node %s is %s', (version, status) => {
    expect(nodeDiagnosis(version).status).toBe(status);
  });
});

describe('the model endpoint of a configuration', () => {
  const policy = (baseUrl: string, more = {}) =>
    policyDiagnosis(aConfiguration({ policy: { kind: 'openai', baseUrl, model: 'qwen', ...more } }));

  async function modelServer(status: number, body: unknown): Promise<string> {
    const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)));
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`;
  }

  it.each([
    [200, { data: [{ id: 'qwen' }] }, 'ok', 'serves qwen'],
    [200, { data: [{ id: 'llama' }] }, 'problem', 'does not name qwen'],
    [401, { error: 'no key' }, 'problem', 'answers 401'],
  ])('that answers %i with %j is %s', async (status, body, verdict, detail) => {
    const diagnosis = await policy(await modelServer(status, body));
    expect(diagnosis).toMatchObject({ status: verdict, detail: expect.stringContaining(detail) });
  });

  it('that is down is a problem with a remedy', async () => {
    expect(await policy('http://127.0.0.1:9/v1')).toMatchObject({ status: 'problem', remedy: expect.any(String) });
  });

  it('whose key is not set is a problem that names the variable', async () => {
    const diagnosis = await policy('http://127.0.0.1:9/v1', { apiKeyEnv: 'SELFPLAY_TEST_NO_SUCH_KEY' });
    expect(diagnosis.detail).toContain('SELFPLAY_TEST_NO_SUCH_KEY is not set');
  });
});
