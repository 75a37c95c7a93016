import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Connection } from '@temporalio/client';
import { execa } from 'execa';

import { InvalidConfigError } from '../domain/failure/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/run/search-attributes.ts';
import { DYNAMIC_CONFIG } from './dynamic-config.ts';

export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly ports: ServerPorts;
  /** How the process ended, whoever ended it: by what, and what it said last. */
  readonly ended: Promise<string>;
  /** Whether it answers a request right now. */
  answers(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface ServerPorts {
  readonly port: number;
  readonly uiPort: number;
}

export interface TemporalServerOptions {
  readonly binary: string;
  /** Where its database lies. */
  readonly home: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly uiPort: number;
}

const NAMESPACE = 'default';
const HOST = '127.0.0.1';

/** It takes about 2 s on two cores; a loaded machine ten times as long. */
const START_TIMEOUT_MS = 60_000;

/** It ends within a second of SIGTERM; then it is killed, which its database (WAL) survives. */
const STOP_TIMEOUT_MS = 10_000;

/** An answer takes milliseconds, on a machine with many times more work than cores a second or two. */
const ANSWER_TIMEOUT_MS = 5_000;

/** What it said last, for the sentence on how it ended: its log level is error, and one error repeats. */
const SAID_CHARS = 1000;

/**
 * Starts Temporal's development server on a database in `home`, and waits until it serves.
 *
 * It keeps closed workflows for 24 hours only, so the retention is raised to what a run of days needs.
 */
export async function startTemporalServer({
  binary,
  home,
  port,
  uiPort,
}: TemporalServerOptions): Promise<TemporalServer> {
  checkBinary(binary);
  mkdirSync(home, { recursive: true });
  await stopLeftOverServer(home);
  const ports = { port: await freePort(port, '--port'), uiPort: await freePort(uiPort, '--ui-port') };
  const server = spawn(binary, serverArguments(home, ports), { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-SAID_CHARS)));
  const ended = endOf(server, () => said.trim());
  writeFileSync(pidFile(home), String(server.pid ?? ''));
  const address = `${HOST}:${ports.port}`;
  const stop = () => stopServer(server, home);
  try {
    await waitUntilServing(address, ended);
    await execa(binary, [
      'operator',
      'namespace',
      'update',
      '--namespace',
      NAMESPACE,
      '--retention',
      '30d',
      '--address',
      address,
    ]);
    await createSearchAttributes(binary, address);
  } catch (error) {
    await stop();
    throw error;
  }
  const uiUrl = `http://${HOST}:${ports.uiPort}`;
  return { address, uiUrl, namespace: NAMESPACE, ports, ended, answers: () => serves(address), stop };
}

async function endOf(server: ChildProcess, said: () => string): Promise<string> {
  try {
    await once(server, 'close');
  } catch (error) {
    return `cannot be run: ${error instanceof Error ? error.message : String(error)}`;
  }
  // What it said last is no reason where a signal is one.
  if (server.signalCode !== null) return `was ended by ${server.signalCode}`;
  return `ended with code ${server.exitCode ?? '?'}: ${said() || 'it said nothing'}`;
}

function serverArguments(home: string, { port, uiPort }: ServerPorts): readonly string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--ip',
      HOST,
      '--port',
      String(port),
      '--ui-port',
      String(uiPort),
      '--namespace',
      NAMESPACE,
    ],
    ...['--db-filename', join(home, 'temporal.db'), '--log-level', 'error', '--ui-disable-news-fetch'],
    // WAL survives a killed process; NORMAL may lose the last transactions of a power cut.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${String(value)}`]),
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

function checkBinary(binary: string): void {
  try {
    accessSync(binary, constants.X_OK);
  } catch {
    throw new InvalidConfigError(
      `there is no Temporal server at ${binary}. Run scripts/setup, or name a \`temporal\` binary in SELFPLAY_TEMPORAL`,
    );
  }
}

/** A port that is free now: the one asked for, or any for 0. */
async function freePort(port: number, option: string): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(port, HOST);
    await once(probe, 'listening');
    const address = probe.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  } catch {
    throw new InvalidConfigError(
      `port ${port} on ${HOST} is in use. Give another with ${option}, or set TEMPORAL_ADDRESS to use the Temporal server that runs there`,
    );
  } finally {
    probe.close();
  }
}

async function waitUntilServing(address: string, ended: Promise<string>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const failed = ended.then((how) => {
    throw new InvalidConfigError(`the Temporal server ${how}, while it started`);
  });
  // It ends one day, when nobody waits for its start any more.
  failed.catch(() => undefined);
  while (!(await Promise.race([serves(address), failed]))) {
    if (Date.now() > deadline) {
      throw new InvalidConfigError(
        `the Temporal server does not answer on ${address} after ${START_TIMEOUT_MS / 1000} s`,
      );
    }
    await sleep(100);
  }
}

async function serves(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: ANSWER_TIMEOUT_MS });
    try {
      const ask = () => connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      await connection.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, ask);
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/** The flags of an earlier start are ignored for a namespace that exists, so each is created again, idempotently. */
export async function createSearchAttributes(binary: string, address: string): Promise<void> {
  const pairs = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--name', name, '--type', type]);
  await execa(binary, [
    'operator',
    'search-attribute',
    'create',
    '--namespace',
    NAMESPACE,
    '--address',
    address,
    ...pairs,
  ]);
}

async function stopServer(server: ChildProcess, home: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    const timer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
  rmSync(pidFile(home), { force: true });
}

function pidFile(home: string): string {
  return join(home, 'temporal.pid');
}

/**
 * Ends a server that a killed process left running on the database of this home, for two would not agree on it.
 */
export async function stopLeftOverServer(home: string): Promise<void> {
  const pid = findLeftOverServer(home);
  if (pid === undefined) return;
  // One that hangs does not listen to the first.
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    process.kill(pid, signal);
    for (let waited = 0; waited < STOP_TIMEOUT_MS; waited += 100) {
      if (findLeftOverServer(home) === undefined) return;
      await sleep(100);
    }
  }
}

/** The server's process, if the one of the pid file is alive and still that server. */
export function findLeftOverServer(home: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(home), 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(join(home, 'temporal.db')) ? pid : undefined;
  } catch {
    return undefined;
  }
}
