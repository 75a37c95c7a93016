import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createArtifactFixture, type ArtifactFixture } from '../support/artifact-fixture.ts';
import { audit } from './audit/audit.ts';
import type { Evidence, Reference } from './audit/evidence.ts';
import { lookAtHost } from './audit/look-at-host.ts';
import { readContent } from './audit/read-content.ts';
import { readExecutions } from './audit/read-executions.ts';
import { readSqliteLedger } from './audit/read-ledger.ts';
import { readModelLog, readTraces } from './audit/read-logs.ts';
import { thisMachine } from './machine/machine.ts';
import { startModel, type FaultyModel } from './model/faulty-model.ts';
import { createScript } from './model/script.ts';
import { traceCommands, type TracedCommands } from './model/traced-commands.ts';
import { startTemporal, type TemporalService } from './services/temporal-service.ts';
import { buildWorker } from './worker/build-worker.ts';
import { openRuns, type Runs } from './world/runs.ts';
import { keepWorker, type Worker } from './world/worker.ts';

/** Half a minute of work, and what dies is waited for; many times that beside other tests. */
const TIMEOUT_MS = 600_000;
const PATIENTLY = { timeout: 240_000, interval: 100 };

/** What the scripted run comes to when nothing happens to it (model/script.ts). */
const REFERENCE: Reference = new Map([
  [
    'scripted/episode-0',
    {
      ...{ verdict: 'consistent', check: null, solveRate: 0.5 },
      results: [
        'attempt 0: solved',
        'attempt 1: unsolved',
        'injector 0: 0.1, advantage 0.55',
        'solver 0: 1, advantage 1',
        'solver 1: -1, advantage -1',
      ],
    },
  ],
  [
    'scripted/episode-1',
    { verdict: 'inconsistent', check: 'bug-validity', solveRate: null, results: ['injector 0: -1, advantage -0.55'] },
  ],
]);

let directory: string;
let fixture: ArtifactFixture;
let temporal: TemporalService;
let model: FaultyModel;
let traced: TracedCommands;
let runs: Runs;
let workers: Record<'orchestrator' | 'host', Worker>;

const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-crash-'));
  fixture = createArtifactFixture();
  const program = await buildWorker();
  temporal = await startTemporal(file('temporal'));
  model = await startModel(createScript(fixture), file('model.log'));
  traced = traceCommands(directory, file('traces.log'));
  runs = await openRuns({
    ...{ temporal: `127.0.0.1:${temporal.port}`, model, modelUrl: `http://127.0.0.1:${model.port}/v1`, seed: 1 },
    subject: { directory: join(fixture.directory, 'tiny'), environment: traced.environment },
  });
  const machine = thisMachine('crash-host', file('machine'));
  const environment = { TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`, TEMPORAL_NAMESPACE: 'default' };
  const start = (role: Worker['role']) =>
    keepWorker({ program, machine, role, backend: 'bubblewrap', environment, log: file(`${role}.log`) });
  workers = { orchestrator: start('orchestrator'), host: start('sandbox-host') };
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.all(Object.values(workers).map((worker) => worker.stop()));
  await runs.close();
  await Promise.all([traced.close(), model.stop(), temporal.kill()]);
  fixture[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
}, TIMEOUT_MS);

/** Settles when so many more commands than now have begun: each takes two seconds, so one is under way. */
async function commandsBegin(): Promise<void> {
  const begun = () => readTraces(file('traces.log')).length;
  const before = begun();
  await expect.poll(begun, PATIENTLY).toBeGreaterThan(before);
}

const sandboxes = () => file('machine/home/sandboxes');

function killSupervisors(): void {
  for (const name of standing()) {
    try {
      const [processId = ''] = readFileSync(join(sandboxes(), name, 'supervisor.pid'), 'utf8').split(' ');
      process.kill(Number(processId), 'SIGKILL');
    } catch {
      // It has not begun, or has ended by itself.
      continue;
    }
  }
}

/** The sandbox of a worker that was killed ends with its lease, and what is left of it with a sweep. */
const standing = () => readdirSync(sandboxes()).filter((name) => !name.startsWith('.'));

function remains(): readonly string[] {
  const processes = new Set([process.pid, ...readdirSync('/proc').map(Number).filter(isOwnService)]);
  const expected = { processes, mounts: new Set<string>() };
  return lookAtHost({ directory, sandboxes: [sandboxes()], engines: [], expected });
}

async function gather(): Promise<Evidence> {
  const ledger = await readSqliteLedger(file('machine/home/store/ledger.db'));
  return {
    ledger,
    content: await readContent(ledger, file('machine/home/store/blobs')),
    executions: await readExecutions(runs.client),
    calls: readModelLog(file('model.log')),
    traces: readTraces(file('traces.log')),
    reference: REFERENCE,
    cancelledRuns: new Set(),
    remains: remains(),
  };
}

/** Temporal's server, by the database that it is on. */
function isOwnService(processId: number): boolean {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').includes(file('temporal/temporal.db'));
  } catch {
    return false;
  }
}

describe('a run whose processes are killed in the middle of commands', { timeout: TIMEOUT_MS }, () => {
  it('comes to what it comes to without, pays nothing twice, repeats no command and leaves nothing', async () => {
    const played = runs.play('scripted');
    await commandsBegin();
    workers.host.kill();
    await commandsBegin();
    workers.orchestrator.kill();
    await commandsBegin();
    await temporal.kill();
    await temporal.start();
    await commandsBegin();
    killSupervisors();
    await commandsBegin();
    workers.host.kill();
    workers.orchestrator.kill();
    await played;
    await expect.poll(standing, PATIENTLY).toEqual([]);
    await Promise.all(Object.values(workers).map((worker) => worker.stop()));
    // A supervisor is gone a moment after what it has removed.
    await expect.poll(remains, PATIENTLY).toEqual([]);
    const { openIntents, ...findings } = audit(await gather());
    expect(Object.values(findings).flat()).toEqual([]);
    // A worker that dies while the model answers has paid in vain: for each of four rollouts and five deaths at most.
    expect(openIntents.length).toBeLessThanOrEqual(20);
  });
});
