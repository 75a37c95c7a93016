import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type Docker from 'dockerode';

import {
  ImageNotFoundError,
  SandboxGoneError,
  SandboxUnavailableError,
  SnapshotUnusableError,
} from '../../domain/failure/errors.ts';
import { inspectContainer } from './docker-build.ts';
import { callEngine, statusOf } from './docker-calls.ts';
import { messageOf } from '../message-of.ts';
import { bridgeOptions } from './docker-container.ts';
import { demultiplex } from './docker-streams.ts';
import { createSupervisorClient, type SupervisorClient } from '../supervised/supervisor-client.ts';
import { isRecord } from '../is-record.ts';

// An exec that meets the end of its container, or an engine under load; a command's latency is far below the pause.
const CONNECT_ATTEMPTS = 4;
const CONNECT_PAUSE_MS = 150;
// The supervisor of a fresh container first finds the tree and restores a snapshot, which may take minutes.
const HELLO_MS = 300_000;

/** The supervisor answers, and says what is wrong: asking again gives the same answer. */
class UnpreparedError extends SandboxUnavailableError {
  // Outside, it is what it extends: Temporal matches retries on the name of the class.
  override readonly name = 'SandboxUnavailableError';
}

/** The container runs and the sandbox that it was is lost: somebody has started it again. */
class RestartedError extends SandboxGoneError {
  override readonly name = 'SandboxGoneError';
}

export interface ConnectedSandbox {
  readonly client: SupervisorClient;
  readonly treeRoot: string;
  readonly apart: boolean;
}

/** This process's bridges into containers: one for each sandbox, shared by all callers. */
export interface DockerConnections {
  /** A connection to a running sandbox; undefined when there is none. Throws when it could not be prepared. */
  find(id: string): Promise<ConnectedSandbox | undefined>;
  drop(id: string): Promise<void>;
  dropAll(): Promise<void>;
}

export function createDockerConnections(docker: Docker, nameOf: (id: string) => string): DockerConnections {
  const connections = new Map<string, Promise<ConnectedSandbox>>();

  async function find(id: string): Promise<ConnectedSandbox | undefined> {
    const known = connections.get(id);
    const connection = await known?.catch(() => undefined);
    if (connection?.client.isOpen() === true) return connection;
    // Another caller may have replaced the broken connection in the meantime.
    if (connections.get(id) !== known) return find(id);
    const fresh = connect(docker, nameOf(id), id);
    connections.set(id, fresh);
    try {
      return await fresh;
    } catch (error) {
      if (connections.get(id) === fresh) connections.delete(id);
      if (error instanceof SandboxGoneError) return undefined;
      throw error;
    }
  }

  async function drop(id: string): Promise<void> {
    const known = connections.get(id);
    connections.delete(id);
    (await known?.catch(() => undefined))?.client.close();
  }

  return {
    find,
    drop,
    async dropAll() {
      for (const id of [...connections.keys()]) await drop(id);
    },
  };
}

async function connect(docker: Docker, name: string, id: string): Promise<ConnectedSandbox> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await greet(docker, name, id);
    } catch (error) {
      if (isItsAnswer(error)) throw error;
      await assertRunning(docker, name);
      // A container that is being removed still counts as running for a moment.
      await sleep(CONNECT_PAUSE_MS);
      await assertRunning(docker, name);
      if (attempt === CONNECT_ATTEMPTS) throw error;
    }
  }
}

function isItsAnswer(error: unknown): boolean {
  return [ImageNotFoundError, SnapshotUnusableError, UnpreparedError, RestartedError].some(
    (kind) => error instanceof kind,
  );
}

async function assertRunning(docker: Docker, name: string): Promise<void> {
  const found = await inspectContainer(docker, name);
  if (found?.State.Running !== true) throw new SandboxGoneError(`no container ${name} runs`);
}

async function greet(docker: Docker, name: string, id: string): Promise<ConnectedSandbox> {
  const { socket, stream, complaints } = await openBridge(docker, name);
  const client = createSupervisorClient(stream, {
    name: `sandbox ${id}`,
    onIdle: (idle) => {
      keepAlive(socket, !idle);
    },
  });
  try {
    const { header } = await client.request({ op: 'hello' }, { timeoutMs: HELLO_MS });
    return { client, treeRoot: readTreeRoot(header), apart: header.apart === true };
  } catch (error) {
    client.close();
    if (!(error instanceof SandboxGoneError) || isItsAnswer(error)) throw error;
    const said = complaints() || 'it said nothing';
    throw new SandboxUnavailableError(`the supervisor of ${name} does not answer: ${said}`, { cause: error });
  }
}

async function openBridge(docker: Docker, name: string) {
  try {
    const container = docker.getContainer(name);
    const exec = await callEngine(`exec in ${name}`, (abortSignal) =>
      container.exec({ ...bridgeOptions(), abortSignal }),
    );
    // Hijacked: otherwise the end of our side would close the other one, too.
    const socket = await callEngine(`start of an exec in ${name}`, () => exec.start({ hijack: true, stdin: true }));
    return { socket, ...demultiplex(socket) };
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw new SandboxUnavailableError(`no bridge into ${name}: ${messageOf(error)}`, { cause: error });
  }
}

function readTreeRoot(header: Readonly<Record<string, unknown>>): string {
  const { treeRoot, problem } = header;
  if (typeof treeRoot === 'string') return treeRoot;
  const { kind, message } = isRecord(problem) ? problem : { kind: '', message: JSON.stringify(header) };
  if (kind === 'source') throw new ImageNotFoundError(String(message));
  if (kind === 'gone') throw new RestartedError(String(message));
  if (kind === 'snapshot') throw new SnapshotUnusableError(String(message));
  throw new UnpreparedError(`the sandbox could not be prepared: ${String(message)}`);
}

/** An idle bridge need not keep the process alive. */
function keepAlive(socket: Duplex, wanted: boolean): void {
  if (!(socket instanceof Socket)) return;
  if (wanted) socket.ref();
  else socket.unref();
}
