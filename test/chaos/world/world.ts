import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createArtifactFixture } from '../../support/artifact-fixture.ts';
import { forward } from '../machine/forward.ts';
import { createMachine, type OwnMachine } from '../machine/machine.ts';
import { createNetwork } from '../machine/network.ts';
import { startModel, type FaultyModel } from '../model/faulty-model.ts';
import { createScript } from '../model/script.ts';
import { traceCommands } from '../model/traced-commands.ts';
import { startServices, type Services } from '../services/services.ts';
import type { WorkerProgram } from '../worker/build-worker.ts';
import { openRuns, type Runs } from './runs.ts';
import { bubblewrapOn, dockerOn, type SandboxBackend } from './sandbox-backend.ts';
import { keepWorker, type Backend, type Worker } from './worker.ts';

/** A worker on a machine of its own, with its sandboxes. */
export interface Host extends Worker {
  readonly machine: OwnMachine;
  readonly sandboxes: SandboxBackend;
}

/** A whole deployment on this machine, of machines of its own, for faults to happen to. */
export interface World {
  /** Everything of it is in here, and names it. */
  readonly directory: string;
  readonly services: Services;
  readonly model: FaultyModel;
  readonly runs: Runs;
  readonly orchestrator: Host;
  /** The sandbox hosts that there are now. */
  readonly hosts: () => readonly Host[];
  /** The host is gone for good, and another one takes its place. */
  replaceHost(host: Host): Promise<void>;
  readonly logs: { readonly traces: string; readonly model: string };
  /** Ends the workers in order, as before an upgrade. */
  stopWorkers(): Promise<void>;
  dispose(): Promise<void>;
}

export interface WorldOptions {
  readonly program: WorkerProgram;
  readonly seed: number;
  readonly hosts: number;
  readonly backend: Backend;
}

export const BUCKET = 'chaos';

export async function createWorld({ program, seed, hosts: count, backend }: WorldOptions): Promise<World> {
  const disposals: (() => unknown)[] = [];
  const dispose = async () => {
    for (const end of disposals.splice(0).reverse()) await end();
  };
  try {
    const directory = mkdtempSync(join(tmpdir(), 'selfplay-chaos-'));
    // Postgres has a user of its own.
    chmodSync(directory, 0o755);
    disposals.push(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    const logs = { traces: join(directory, 'traces.log'), model: join(directory, 'model.log') };
    const fixture = createArtifactFixture();
    disposals.push(() => {
      fixture[Symbol.dispose]();
    });
    const services = await startServices(directory);
    disposals.push(() => services.stop());
    const model = await startModel(createScript(fixture), logs.model);
    disposals.push(() => model.stop());
    const traced = traceCommands(directory, logs.traces, backend === 'bubblewrap');
    disposals.push(() => traced.close());

    const network = createNetwork(process.pid);
    disposals.push(() => {
      network.dispose();
    });
    const open = async (port: number) => {
      const line = await forward(network.address, port);
      disposals.push(() => {
        line.close();
      });
      return `${network.address}:${line.port}`;
    };
    const endpoints = await endpointsOf({ directory, services, model, open });
    const subject = { directory: join(fixture.directory, 'tiny'), environment: traced.environment };
    const modelUrl = `http://${endpoints.model}/v1`;
    const runs = await openRuns({ temporal: `127.0.0.1:${services.temporal.port}`, model, modelUrl, subject, seed });
    disposals.push(() => runs.close());

    let machines = 0;
    const folder = join(directory, 'logs');
    mkdirSync(folder);
    const startMachine = async (role: Worker['role']): Promise<Host> => {
      machines += 1;
      const name = `${role === 'orchestrator' ? 'brain' : 'host'}-${machines}`;
      const machine = await createMachine(name, join(directory, 'machines'), network.connect(machines));
      disposals.push(async () => {
        if (machine.isAlive()) await machine.destroy();
      });
      const log = (what: string) => join(folder, `${name}${what}.log`);
      const isContained = backend === 'docker' && role === 'sandbox-host';
      const sandboxes = isContained ? await dockerOn(machine, log('.engine')) : bubblewrapOn(machine);
      const engine = sandboxes.engine === undefined ? {} : { DOCKER_HOST: sandboxes.engine.host };
      const environment = { ...endpoints.environment, ...engine };
      const worker = keepWorker({ program, machine, role, backend, environment, log: log('') });
      return { ...worker, machine, sandboxes };
    };
    const orchestrator = await startMachine('orchestrator');
    const hosts = await Promise.all(Array.from({ length: count }, () => startMachine('sandbox-host')));
    return {
      ...{ directory, services, model, runs, orchestrator, logs, dispose },
      hosts: () => hosts,
      replaceHost: async (host) => {
        await host.machine.destroy();
        hosts.splice(hosts.indexOf(host), 1);
        hosts.push(await startMachine('sandbox-host'));
      },
      stopWorkers: async () => {
        await Promise.all([orchestrator, ...hosts].map((worker) => worker.stop()));
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Where machines find the services, and what their workers are told of it. */
async function endpointsOf({
  directory,
  services: { temporal, postgres, s3, ledgerUrl },
  model,
  open,
}: Pick<World, 'directory' | 'services' | 'model'> & { readonly open: (port: number) => Promise<string> }) {
  const ledger = ledgerUrl.replace(`127.0.0.1:${postgres.port}`, await open(postgres.port));
  const endpoint = await open(Number(new URL(s3.endpoint).port));
  const storeFile = join(directory, 'store.yaml');
  writeFileSync(
    storeFile,
    [
      'ledger: {kind: postgres, url_env: CHAOS_LEDGER_URL}',
      `blobs: {kind: s3, endpoint: "http://${endpoint}", bucket: ${BUCKET}, create_bucket: true}`,
    ].join('\n'),
  );
  return {
    model: await open(model.port),
    environment: {
      ...{ SELFPLAY_STORE: storeFile, CHAOS_LEDGER_URL: ledger },
      ...{ TEMPORAL_ADDRESS: await open(temporal.port), TEMPORAL_NAMESPACE: 'default' },
      ...{ AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey },
    },
  };
}
