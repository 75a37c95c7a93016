import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';

import type { Services } from '../../src/activities/services/services.ts';
import { readEnvironment, type Environment } from '../../src/config/environment.ts';
import type { PayloadKey } from '../../src/config/payload-keys.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Store } from '../../src/store/store.ts';
import { createLogger, installTemporalRuntime } from '../../src/workers/logging.ts';
import { openServices } from '../../src/workers/open-services.ts';
import { dataConverterFor } from '../../src/workers/payload-encryption.ts';
import { startWorkers } from '../../src/workers/run-workers.ts';
import { startTemporalServer, type TemporalServer } from '../../src/workers/temporal-server.ts';
import type { Said } from './run-fixture.ts';

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

/** Starts a run of the tiny project: one episode, unless `said` says more in a user's own words. */
export function startTinyRun(
  { client }: Pick<TestDeployment, 'client'>,
  { directory }: { readonly directory: string },
  { workflowId, policy, ...said }: { readonly workflowId: string; readonly policy: string | Said } & Said,
) {
  const subjects = [{ name: 'tiny', directory: join(directory, 'tiny') }];
  const group = { injection_groups: 1, injection_group_size: 1 };
  const input = { subjects, policy: typeof policy === 'string' ? policyNamed(policy) : policy, ...group, ...said };
  return client.workflow.start('selfPlayTraining', { taskQueue: 'selfplay', workflowId, args: [input] });
}

export interface TestDeploymentOptions {
  /** What the server is told beside what every server of ours is told. */
  readonly dynamicConfig?: Readonly<Record<string, number>>;
  /** Stands before the store of the workers, to take it away from them. */
  readonly storeOf?: (store: Store) => Store;
  /** With which workers and client encrypt what they tell the server. */
  readonly payloadKeys?: readonly PayloadKey[];
}

/**
 * Starts a deployment whose policies are the given ones, by name. Without the Temporal binary this fails and says what
 * to run: a level that cannot run is never skipped in silence.
 */
export async function startDeployment(
  policies: Readonly<Record<string, Policy>>,
  { dynamicConfig = {}, storeOf = (store) => store, payloadKeys = [] }: TestDeploymentOptions = {},
): Promise<TestDeployment> {
  // What the SDK would say about the failures that tests cause on purpose says nothing to a reader.
  installTemporalRuntime(createLogger({ level: 'fatal' }));
  const home = await mkdtemp(join(tmpdir(), 'selfplay-server-'));
  const { temporalBinary, cache } = readEnvironment();
  const read = readEnvironment({
    SELFPLAY_HOME: home,
    SELFPLAY_CACHE: cache,
    SELFPLAY_TEMPORAL: temporalBinary,
    SELFPLAY_HOST_ID: 'test-host',
  });
  const environment = { ...read, payloadKeys };
  const binary = await toldMore(temporalBinary, dynamicConfig, home);
  const server = await startTemporalServer({ binary, home, port: 0, uiPort: 0 });
  const connection = await Connection.connect({ address: server.address });
  const start = () => startHost(environment, server, { policies, storeOf });
  let host = await start();
  return {
    client: new Client({ connection, namespace: server.namespace, ...dataConverterFor(payloadKeys) }),
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

/** Policies of tests hang on purpose, and nobody waits for those. */
const TURN_GRACE_MS = 2_000;

/** The binary, or one that starts its server with more values. */
export async function toldMore(
  binary: string,
  values: Readonly<Record<string, number>>,
  home: string,
): Promise<string> {
  const more = Object.entries(values).map(([key, value]) => `--dynamic-config-value ${key}=${value}`);
  if (more.length === 0) return binary;
  const wrapper = join(home, 'temporal');
  const server = `[[ $1 == server ]] && exec ${binary} "$@" ${more.join(' ')}`;
  await writeFile(wrapper, `#!/usr/bin/env bash\n${server}\nexec ${binary} "$@"\n`, { mode: 0o755 });
  return wrapper;
}

async function startHost(
  environment: Environment,
  { address, namespace }: TemporalServer,
  {
    policies,
    storeOf,
  }: { readonly policies: Readonly<Record<string, Policy>>; readonly storeOf: (store: Store) => Store },
): Promise<{ readonly services: Services; stop(): Promise<void> }> {
  const { services: opened, inputs, close } = await openServices({ environment, sandbox: 'bubblewrap' });
  const services: Services = {
    ...opened,
    store: storeOf(opened.store),
    policyFor: (config) => policies[config.kind === 'openai' ? config.model : config.kind] ?? opened.policyFor(config),
  };
  const connection = { address, namespace };
  const workers = await startWorkers({
    connection,
    services,
    inputs,
    environment,
    roles: ['orchestrator', 'sandbox-host'],
    turnGraceMs: TURN_GRACE_MS,
  });
  return {
    services,
    stop: async () => {
      await workers.stop();
      await close();
    },
  };
}
