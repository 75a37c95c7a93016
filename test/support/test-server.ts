import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';

import type { Services } from '../../src/activities/services/services.ts';
import { readEnvironment, type Environment } from '../../src/config/environment.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { createLogger, installTemporalRuntime } from '../../src/workers/logging.ts';
import { openServices } from '../../src/workers/open-services.ts';
import { startWorkers } from '../../src/workers/run-workers.ts';
import { startTemporalServer, type TemporalServer } from '../../src/workers/temporal-server.ts';

/** A whole deployment on this machine: Temporal server, workers, store, real sandboxes; all in a temporary home. */
export interface TestDeployment {
  readonly client: Client;
  readonly server: TemporalServer;
  readonly environment: Environment;
  /** Those of the workers that run now. */
  readonly services: () => Services;
  /** Stops the workers, runs what is given, and starts new ones as a new process on the same host would. */
  restartWorkers(meanwhile?: () => Promise<void>): Promise<void>;
  /** Ends everything and removes the home. */
  dispose(): Promise<void>;
}

/** The policy configuration that `policies` of a deployment answers for, by its name. */
export function policyNamed(name: string) {
  return { kind: 'openai', base_url: 'http://127.0.0.1:1/v1', model: name } as const;
}

/**
 * Starts a deployment whose policies are the given ones, by name. Without the Temporal binary this fails and says what
 * to run: a level that cannot run is never skipped in silence.
 */
export async function startDeployment(policies: Readonly<Record<string, Policy>>): Promise<TestDeployment> {
  // What the SDK would say about the failures that tests cause on purpose says nothing to a reader.
  installTemporalRuntime(createLogger({ level: 'fatal' }));
  const home = await mkdtemp(join(tmpdir(), 'selfplay-server-'));
  const { temporalBinary, cache } = readEnvironment();
  const environment = readEnvironment({
    SELFPLAY_HOME: home,
    SELFPLAY_CACHE: cache,
    SELFPLAY_TEMPORAL: temporalBinary,
    SELFPLAY_HOST_ID: 'test-host',
  });
  const server = await startTemporalServer({ binary: temporalBinary, home, port: 0, uiPort: 0 });
  const connection = await Connection.connect({ address: server.address });
  const start = () => startHost(environment, server, policies);
  let host = await start();
  return {
    client: new Client({ connection, namespace: server.namespace }),
    server,
    environment,
    services: () => host.services,
    restartWorkers: async (meanwhile) => {
      await host.stop();
      await meanwhile?.();
      host = await start();
    },
    dispose: async () => {
      for (const { id } of await host.services.sandboxes.list()) await host.services.sandboxes.destroy(id);
      await host.stop();
      await connection.close();
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function startHost(
  environment: Environment,
  { address, namespace }: TemporalServer,
  policies: Readonly<Record<string, Policy>>,
): Promise<{ readonly services: Services; stop(): Promise<void> }> {
  const { services: opened, inputs, close } = await openServices({ environment, sandbox: 'bubblewrap' });
  const services: Services = {
    ...opened,
    policyFor: (config) => (config.kind === 'openai' ? policies[config.model] : undefined) ?? opened.policyFor(config),
  };
  const connection = { address, namespace };
  const workers = await startWorkers({
    connection,
    services,
    inputs,
    environment,
    roles: ['orchestrator', 'sandbox-host'],
  });
  return {
    services,
    stop: async () => {
      await workers.stop();
      await close();
    },
  };
}
