import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';
import pg from 'pg';

import { freePort } from './free-port.ts';

/** A Postgres of the tests' own: a cluster in a temporary directory, on a port of 127.0.0.1, gone with `stop`. */
export interface TestPostgres {
  readonly port: number;
  readonly password: string;
  /** Makes an empty database and returns its URL. */
  createDatabase(name?: string): Promise<string>;
  /** Runs a statement as the superuser, in the database of the URL. */
  query(url: string, statement: string): Promise<readonly unknown[]>;
  /** As in a crash: at once, and the next start has to recover. */
  kill(): Promise<void>;
  /** Starts it again on the same data and the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** initdb takes 1 s and a start 0.2 s on two idle cores; beside other tests many times that. */
const START_TIMEOUT_MS = 60_000;

/** Without Postgres this fails and says what to run. Its user has to reach the folder that it is put in. */
export async function startPostgres(folder = tmpdir()): Promise<TestPostgres> {
  const bin = postgresPrograms();
  const directory = mkdtempSync(join(folder, 'selfplay-postgres-'));
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const password = randomBytes(12).toString('hex');
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, password);
  const settings = { ...user, cwd: directory };
  await execa(
    join(bin, 'initdb'),
    [
      ...['--pgdata', data, '--username', 'postgres', '--auth', 'scram-sha-256', '--pwfile', passwordFile],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ],
    settings,
  );
  const port = await freePort();
  const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const start = () => startServer(join(bin, 'postgres'), { data, port, settings, url: urlOf('postgres') });
  let server = await start();
  let made = 0;
  const end = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    // Immediate shutdown: no checkpoint, and connections are cut.
    server.kill('SIGQUIT');
    await ended;
  };
  return {
    port,
    password,
    createDatabase: async (name = `ledger_${++made}`) => {
      await query(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    query,
    kill: end,
    start: async () => {
      server = await start();
    },
    stop: async () => {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startServer(
  program: string,
  {
    data,
    port,
    settings,
    url,
  }: { readonly data: string; readonly port: number; readonly settings: object; readonly url: string },
) {
  // Durable enough for a test of the client: what the server's own crash loses is not in question here.
  const options = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', max_connections: '200' };
  const set = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(program, ['-D', data, '-p', String(port), ...set], {
    ...settings,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      server.kill('SIGKILL');
      throw new Error(`Postgres does not start: ${said}`);
    }
    await sleep(50);
  }
  return server;
}

async function answers(url: string): Promise<boolean> {
  try {
    await query(url, 'select 1');
    return true;
  } catch {
    return false;
  }
}

async function query(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

/** Debian keeps them out of PATH, in a directory for each version. */
function postgresPrograms(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const onPath = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'initdb'));
  const found = [...versions.map((version) => join(debian, version, 'bin', 'initdb')), ...onPath].find(existsSync);
  if (found === undefined) throw new Error('there is no Postgres here; run scripts/setup --only postgres');
  return dirname(realpathSync(found));
}

/** Postgres refuses to run as root; its packages bring a user. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = accounts.find((entry) => entry.startsWith('postgres:'))?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no user "postgres" here to run the server as');
  return { uid: Number(uid), gid: Number(gid) };
}
