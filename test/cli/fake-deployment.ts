import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { Services } from '../../src/activities/services/services.ts';
import type { Backends } from '../../src/cli/command/backends.ts';
import type { Environment } from '../../src/config/environment.ts';
import { destroySandboxes, findLeftovers, removeSpentSnapshots } from '../../src/workers/sandbox-housekeeping.ts';
import type { RunningWorkers, WorkersOptions } from '../../src/workers/run-workers.ts';
import { createFakeServices } from '../support/fake-services.ts';
import { anEnvironment, type FakeTemporal } from './command-fixture.ts';

export interface FakeDeployment {
  readonly environment: Environment;
  readonly backends: Partial<Backends>;
  readonly services: Services;
  /** What was started and stopped, in order. */
  readonly done: readonly string[];
  readonly started: readonly WorkersOptions[];
  failWorkers(error: Error): void;
  /** The server that runs ends, with these words; each start makes a new one. */
  loseServer(how: string): void;
}

/** A world in which `up`, `demo`, `run` and `worker` start and stop things that only note it. */
export async function createFakeDeployment(
  temporal: FakeTemporal,
  { stubborn = false }: { readonly stubborn?: boolean } = {},
): Promise<FakeDeployment> {
  const environment = anEnvironment();
  mkdirSync(join(environment.cache, 'corpus'), { recursive: true });
  writeFileSync(join(environment.cache, 'corpus', 'demo.jsonl'), '{"name": "toolz", "directory": "/nowhere/toolz"}\n');
  const { services } = await createFakeServices({ changes: { deployment: environment.home } });
  onTestFinished(() => services.store.close());
  const done: string[] = [];
  const started: WorkersOptions[] = [];
  const note = (what: string) => {
    done.push(what);
    return Promise.resolve();
  };
  let fail: (error: Error) => void = () => undefined;
  let lose: (how: string) => void = () => undefined;
  const workers: RunningWorkers = {
    finished: new Promise((_, reject) => (fail = reject)),
    // A stubborn one never finishes its turn.
    stop: () => note('stop workers').then(() => (stubborn ? new Promise(() => undefined) : undefined)),
  };
  const inputs = {
    readTrainingInput: () => {
      throw new RangeError('nobody asks');
    },
    readSubjects: () => [],
    promptsHash: () => 'hash',
    isDirectory: () => true,
  };
  const backends: Partial<Backends> = {
    startTemporalServer: async ({ port, uiPort }) => {
      await note(`start server on ${port}`);
      return {
        ...{ address: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233', namespace: 'default' },
        ports: { port, uiPort },
        ended: new Promise((resolve) => (lose = resolve)),
        answers: () => Promise.resolve(true),
        stop: () => note('stop server'),
      };
    },
    openServices: async () => {
      await note('open services');
      return { services, inputs, sandboxChoice: 'sandboxes: in-memory', close: () => note('close services') };
    },
    startWorkers: async (options) => {
      started.push(options);
      await note('start workers');
      return workers;
    },
    openStore: () => {
      const { blobs, ledger } = services.store;
      return Promise.resolve({ blobs, ledger, close: () => Promise.resolve() });
    },
    connectTemporal: () => Promise.resolve(temporal),
    destroySandboxes,
    findLeftovers,
    removeSpentSnapshots,
  };
  return {
    ...{ environment, backends, services, done, started },
    failWorkers: (error) => {
      fail(error);
    },
    loseServer: (how) => {
      lose(how);
    },
  };
}

/** A sandbox of a run, as a worker leaves it. */
export async function leaveSandbox({ services }: FakeDeployment, id: string, run: string, expired = false) {
  await services.sandboxes.create({
    id,
    source: { kind: 'tools' },
    labels: { deployment: services.deployment, run, episode: `${run}/episode-0` },
    lifetimeSeconds: expired ? -1 : 600,
    leaseSeconds: 120,
    limits: { memoryBytes: 1, processes: 1, fileBytes: 1, cores: 1 },
  });
}
