import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Client, Connection } from '@temporalio/client';
import pLimit from 'p-limit';

import { LOAD_PATIENCE, type Services } from '../../src/activities/services/services.ts';
import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { createInMemorySandboxes } from '../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import type { Store } from '../../src/store/store.ts';
import { aloneAmong } from '../../src/workers/alone-among.ts';
import { openStore } from '../../src/workers/open-store.ts';
import { createLogger, installTemporalRuntime } from '../../src/workers/logging.ts';
import { startWorkers } from '../../src/workers/run-workers.ts';
import { startTemporalServer } from '../../src/workers/temporal-server.ts';
import { processMs } from '../sandbox/processor-time.ts';

/** A whole deployment whose sandboxes are in memory: what it costs beside them is orchestration. */
export interface SimulatedDeployment {
  readonly client: Client;
  readonly services: Services;
  /** Processor time of the server so far. */
  serverMs(): number;
  close(): Promise<void>;
}

export interface SimulationOptions {
  readonly policy: Policy;
  /** Rollouts in flight at most. */
  readonly capacity: number;
}

export async function startSimulation({ policy, capacity }: SimulationOptions): Promise<SimulatedDeployment> {
  installTemporalRuntime(createLogger({ level: 'fatal' }));
  const home = await mkdtemp(path.join(tmpdir(), 'selfplay-bench-'));
  const given = readEnvironment();
  const environment = { ...given, home, hostId: 'bench', capacity };
  const server = await startTemporalServer({ binary: given.temporalBinary, home, port: 0, uiPort: 0 });
  const store = await openStore(environment);
  const services = simulatedServices({ policy, store });
  const connection = { address: server.address, namespace: server.namespace };
  const workers = await startWorkers({
    connection,
    services,
    inputs: {
      readTrainingInput: (input) => readConfiguration(input, 'the benchmark'),
      readSubjects: (config) => readSubjects(config, given.cache),
      promptsHash: () => 'none',
      isDirectory: () => true,
    },
    environment,
    roles: ['orchestrator', 'sandbox-host'],
  });
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  return {
    client,
    services,
    serverMs: () => processMs(Number(readFileSync(path.join(home, 'temporal.pid'), 'utf8'))),
    close: async () => {
      await workers.stop();
      await client.connection.close();
      await server.stop();
      await store.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export const SOURCE = '/nowhere/tiny';

/** Unlike those of tests they keep nothing of what they are asked, so that what grows is the run. */
export function simulatedServices({
  policy,
  store,
}: Pick<SimulationOptions, 'policy'> & { readonly store: Store }): Services {
  const sandboxes = createInMemorySandboxes({
    handler: () => ({ exitCode: 0, stdout: 'done\n' }),
    sources: { [SOURCE]: { 'README.md': 'tiny\n' } },
  });
  const testRuns = pLimit(2);
  return {
    store,
    sandboxes,
    policyFor: () => policy,
    trainerFor: () => {
      throw new Error('no simulated run trains');
    },
    servingFor: () => {
      throw new Error('no simulated run trains');
    },
    testRuns,
    aloneAmongTestRuns: aloneAmong(testRuns),
    loadPatience: LOAD_PATIENCE,
    deployment: 'bench',
  };
}
