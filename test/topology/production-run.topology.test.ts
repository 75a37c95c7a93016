import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { packageRoot } from '../../src/config/package-root.ts';
import type { BlobRef } from '../../src/domain/record/blob-ref.ts';
import type { Ledger } from '../../src/store/store.ts';
import { openPostgresDatabase } from '../../src/store/ledger/postgres-database.ts';
import { createS3Blobs } from '../../src/store/s3-blobs.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import { startSelfplay, type SelfplayProcess } from '../cli/selfplay-process.ts';
import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { freePort } from '../support/free-port.ts';
import { startProductionServer, type ProductionServer } from '../support/run-production-server.ts';
import { startPostgres, type TestPostgres } from '../support/run-postgres.ts';
import { startS3, type TestS3 } from '../support/run-s3.ts';
import { countingReplies, createGate, tinyPlayers } from '../support/scripted-players.ts';
import { servePolicy } from '../support/serve-policy.ts';

/** Server, database, two starts of the workers and a run: a minute and a half alone, many times that beside other tests. */
const TIMEOUT_MS = 600_000;

const RUN = 'production-run';
const LEDGER_PASSWORD = 'ledger-password-of-the-test';
const bucket = 'selfplay';

let fixture: ArtifactFixture;
let directory: string;
let postgres: TestPostgres;
let s3: TestS3;
let server: ProductionServer;
let ledgerUrl: string;

beforeAll(async () => {
  fixture = createArtifactFixture();
  directory = mkdtempSync(join(tmpdir(), 'selfplay-topology-'));
  [postgres, s3] = await Promise.all([startPostgres(), startS3()]);
  ledgerUrl = await createLedger(postgres);
  server = await startProductionServer(postgres);
}, TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
  await Promise.all([postgres.stop(), s3.stop()]);
  rmSync(directory, { recursive: true, force: true });
  fixture[Symbol.dispose]();
}, TIMEOUT_MS);

/** The role and database that docker-compose.yml gives the ledger, by its script. */
async function createLedger({ port, password }: TestPostgres): Promise<string> {
  await execa(join(packageRoot, 'compose', 'postgres', 'create-ledger.sh'), {
    env: {
      ...{ PGHOST: '127.0.0.1', PGPORT: String(port), PGPASSWORD: password, POSTGRES_USER: 'postgres' },
      SELFPLAY_LEDGER_PASSWORD: LEDGER_PASSWORD,
    },
  });
  return `postgres://selfplay:${LEDGER_PASSWORD}@127.0.0.1:${port}/selfplay`;
}

const metricsAddresses: string[] = [];

/** Workers as two machines have them: a home and a process each, with nothing in common but server and store. */
async function startWorkers(): Promise<readonly SelfplayProcess[]> {
  const storeFile = join(directory, 'store.yaml');
  writeFileSync(
    storeFile,
    [
      'ledger: {kind: postgres, url_env: TEST_LEDGER_URL}',
      `blobs: {kind: s3, endpoint: "${s3.endpoint}", bucket: ${bucket}, create_bucket: true}`,
    ].join('\n'),
  );
  const environment = {
    SELFPLAY_STORE: storeFile,
    SELFPLAY_HOST_ID: 'host-1',
    SELFPLAY_LOG_LEVEL: 'error',
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: server.namespace,
    TEST_LEDGER_URL: ledgerUrl,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
  metricsAddresses.splice(0, 2, `127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`);
  return ['orchestrator', 'sandbox-host'].map((role, index) =>
    startSelfplay(
      ['--home', join(directory, role), 'worker', `--${role}`, '--metrics', metricsAddresses[index] ?? ''],
      environment,
    ),
  );
}

/** What Prometheus would read of both workers. */
async function scrape(): Promise<string> {
  const pages = metricsAddresses.map(async (address) => (await fetch(`http://${address}/metrics`)).text());
  return (await Promise.all(pages)).join('\n');
}

const ready = (workers: readonly SelfplayProcess[]) =>
  Promise.all(workers.map((worker) => worker.waitFor(`working for ${server.namespace}`)));

async function end(workers: readonly SelfplayProcess[], signal: NodeJS.Signals): Promise<void> {
  for (const { child } of workers) child.kill(signal);
  await Promise.all(workers.map(({ ended }) => ended));
}

describe('a run on the production topology', { timeout: TIMEOUT_MS }, () => {
  it('is started with the temporal CLI, survives the death of all workers, and ends in Postgres and S3', async () => {
    const tiny = tinyPlayers(fixture);
    const gate = createGate();
    const { policy, replies } = countingReplies({
      ...tiny,
      injector: async (moment) => {
        if (moment.turn === 3) await gate.pass();
        return typeof tiny.injector === 'function' ? tiny.injector(moment) : tiny.injector?.[moment.turn];
      },
    });
    await using model = await servePolicy(policy);
    const input = join(directory, 'run.json');
    writeFileSync(
      input,
      JSON.stringify({
        subjects: [{ name: 'tiny', directory: join(fixture.directory, 'tiny') }],
        policy: { kind: 'openai', base_url: model.baseUrl, model: 'test-model' },
        injection_groups: 1,
        injection_group_size: 1,
        attempts: 2,
      }),
    );

    const first = await startWorkers();
    await ready(first);
    const place = ['--task-queue', 'selfplay', '--workflow-id', RUN, '--input-file', input];
    await server.temporal('workflow', 'start', '--type', 'selfPlayTraining', ...place);
    await gate.reached;
    await end(first, 'SIGKILL');

    gate.open();
    const second = await startWorkers();
    await ready(second);
    const progress: unknown = JSON.parse(
      await server.temporal('workflow', 'result', '--workflow-id', RUN, '--output', 'json'),
    );
    expect(progress).toMatchObject({
      status: 'COMPLETED',
      result: { injectionGroups: { settled: 1 }, episodes: { consistent: 1, lost: 0 } },
    });
    // What was journaled before the workers died was not asked for again.
    expect([...replies].filter(([, count]) => count !== 1)).toEqual([]);
    expect([...replies.keys()].filter((key) => key.startsWith('injector'))).not.toEqual([]);

    const figures = await scrape();
    for (const figure of [
      /^selfplay_episodes_total\{[^}]*outcome="rewarded"[^}]*\} 2$/m,
      /^selfplay_attempts_total\{[^}]*outcome="solved"[^}]*\} [1-9]/m,
      /^selfplay_tokens_total\{[^}]*kind="prompt"[^}]*\} [1-9]/m,
      /^selfplay_replies_total\b.* [1-9]/m,
      /^selfplay_sandboxes_booted_total\b.* [1-9]/m,
      /^temporal_worker_task_slots_available\{[^}]*task_queue="sandbox.host-1"/m,
      /^temporal_activity_schedule_to_start_latency_seconds_count/m,
    ]) {
      expect(figures).toMatch(figure);
    }

    await end(second, 'SIGINT');
    expect(second.map(({ child }) => child.exitCode)).toEqual([0, 0]);
  });

  it('is kept in Postgres, row by row', async () => {
    const rows = await postgres.query(ledgerUrl, 'select run_id, outcome, config from runs');
    const [run] = z.array(z.object({ run_id: z.string(), outcome: z.string(), config: z.string() })).parse(rows);
    expect(run).toMatchObject({ run_id: RUN, outcome: 'completed' });
    const counts = await postgres.query(
      ledgerUrl,
      `select (select count(*)::int from episodes where outcome = 'rewarded') as episodes,
              (select count(*)::int from rewards where role = 'solver') as solvers,
              (select count(*)::int from artifacts where consistent = 1) as bugs,
              (select max(epoch) from rollouts where role = 'injector') as epoch`,
    );
    expect(counts).toEqual([{ episodes: expect.any(Number), solvers: expect.any(Number), bugs: 2, epoch: 2 }]);
  });

  it('has all its content in S3, and nothing on the machines of its workers', async () => {
    const database = await openPostgresDatabase({ url: ledgerUrl, poolSize: 2 });
    const ledger = createSqlLedger(database);
    const { endpoint, credentials } = s3;
    const where = { endpoint, region: 'us-east-1', bucket, prefix: '', credentials, createBucket: false };
    const blobs = await createS3Blobs(where);
    const references = await referencesOf(ledger);
    expect(references.length).toBeGreaterThan(20);
    const contents = await Promise.all(references.map((reference) => blobs.get(reference)));
    expect(contents.map(({ byteLength }) => byteLength)).toEqual(references.map(({ bytes }) => bytes));
    await database.close();
    for (const role of ['orchestrator', 'sandbox-host']) {
      expect(existsSync(join(directory, role, 'store'))).toBe(false);
    }
  });

  it('shows no secret in its history', async () => {
    const history = await server.temporal('workflow', 'show', '--workflow-id', RUN, '--output', 'json');
    expect(history).toContain('selfPlayTraining');
    expect(history).not.toContain(LEDGER_PASSWORD);
    expect(history).not.toContain(s3.credentials.secretAccessKey);
  });

  it('can be found by its search attributes', async () => {
    const query = `TrainingRun = "${RUN}" AND Outcome = "rewarded" AND BugOrder = 1`;
    const listed: unknown = JSON.parse(await server.temporal('workflow', 'list', '--query', query, '--output', 'json'));
    expect(listed).toHaveLength(1);
  });
});

/** Everything that the run's rows say is in the blob store. */
async function referencesOf(ledger: Ledger): Promise<readonly BlobRef[]> {
  const episodes = await ledger.listEpisodes({ runId: RUN });
  const rollouts = (await Promise.all(episodes.map(({ episodeId }) => ledger.listRollouts(episodeId)))).flat();
  const turns = (await Promise.all(rollouts.map(({ rolloutId }) => ledger.readTurns(rolloutId)))).flat();
  const bugs = (await ledger.listBugs({ runId: RUN, limit: 1000 })).map(({ artifact }) => artifact);
  const checks = (await Promise.all(bugs.map(({ artifactId }) => ledger.listChecks(artifactId)))).flat();
  return [
    ...rollouts.flatMap(({ submission, trajectory }) => [submission, trajectory]),
    ...turns.flatMap(({ reply, observation, snapshot }) => [reply, observation, snapshot]),
    ...bugs.flatMap(({ content, facts }) => [content, facts]),
    ...checks.flatMap(({ logs }) => logs),
  ].filter((reference) => reference !== null);
}
