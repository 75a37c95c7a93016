import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { readEnvironment } from '../../src/config/environment.ts';
import { packageRoot } from '../../src/config/package-root.ts';
import { freeLowPorts } from './free-port.ts';
import type { TestPostgres } from './run-postgres.ts';

/** Temporal's server as production runs it: on Postgres, made ready by the very scripts of docker-compose.yml. */
export interface ProductionServer {
  readonly address: string;
  readonly namespace: string;
  /** Runs the `temporal` command against it, as a user would. */
  temporal(...parameters: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The scripts are the ones that wait; a server that does not come up within this long does not come up. */
const START_TIMEOUT_MS = 180_000;

/** Without its programs this fails and says what to run. */
export async function startProductionServer(postgres: TestPostgres): Promise<ProductionServer> {
  const programs = mkdtempSync(join(tmpdir(), 'selfplay-programs-'));
  linkPrograms(programs);
  const [grpc, ...ports] = await freeLowPorts(PORTS.length + 1);
  const address = `127.0.0.1:${grpc ?? 0}`;
  const namespace = 'production';
  const path = `${programs}:${process.env.PATH ?? ''}`;
  const database = {
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(postgres.port),
    SQL_USER: 'postgres',
    SQL_PASSWORD: postgres.password,
  };
  // A home of its own, so that the user's configuration file of Temporal has no say.
  const client = { PATH: path, HOME: programs, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const script = (name: string) => join(packageRoot, 'compose', 'temporal', name);
  await execa(script('create-schema.sh'), { env: { PATH: path, ...database }, extendEnv: false });
  const server = spawn(join(programs, 'temporal-server'), ['--allow-no-auth', 'start'], {
    env: {
      ...serverSettings(postgres),
      FRONTEND_GRPC_PORT: String(grpc ?? 0),
      ...Object.fromEntries(PORTS.map((name, index) => [name, String(ports[index] ?? 0)])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 4000)));
  }
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    rmSync(programs, { recursive: true, force: true });
  };
  const gone = new AbortController();
  server.once('exit', () => {
    gone.abort();
  });
  try {
    await execa(script('create-namespace.sh'), {
      env: client,
      extendEnv: false,
      timeout: START_TIMEOUT_MS,
      cancelSignal: gone.signal,
    });
  } catch (error) {
    await stop();
    throw new Error(`Temporal's server is not ready: ${said}`, { cause: error });
  }
  return {
    address,
    namespace,
    temporal: async (...parameters) => (await execa(join(programs, 'temporal'), parameters, { env: client })).stdout,
    stop,
  };
}

const PORTS = [
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
] as const;

/** As in docker-compose.yml, with fewer shards: each costs its share of polling, and here there is one run. */
function serverSettings({ port, password }: TestPostgres): Readonly<Record<string, string>> {
  return {
    DB: 'postgres12',
    DB_PORT: String(port),
    POSTGRES_SEEDS: '127.0.0.1',
    POSTGRES_USER: 'postgres',
    POSTGRES_PWD: password,
    BIND_ON_IP: '127.0.0.1',
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    NUM_HISTORY_SHARDS: '4',
    LOG_LEVEL: 'error',
    DYNAMIC_CONFIG_FILE_PATH: join(packageRoot, 'compose', 'temporal', 'dynamic-config.yaml'),
  };
}

/** Under the names that they have in Temporal's images. */
function linkPrograms(directory: string): void {
  const { cache, temporalBinary } = readEnvironment();
  const module = readFileSync(join(packageRoot, 'tools', 'temporal-server', 'go.mod'), 'utf8');
  const version = /^require go\.temporal\.io\/server v(.+)$/m.exec(module)?.[1] ?? '';
  const programs = {
    temporal: temporalBinary,
    'temporal-server': join(cache, 'bin', `temporal-server-${version}`),
    'temporal-sql-tool': join(cache, 'bin', `temporal-sql-tool-${version}`),
  };
  for (const [name, program] of Object.entries(programs)) {
    if (!existsSync(program))
      throw new Error(`there is no ${program}; run scripts/setup, and scripts/setup --only server`);
    symlinkSync(program, join(directory, name));
  }
}
