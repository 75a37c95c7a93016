import type { Duplex } from 'node:stream';

import type Docker from 'dockerode';

import { ImageNotFoundError, SandboxGoneError, SandboxUnavailableError } from '../domain/errors.ts';
import { inspectContainer } from './docker-build.ts';
import { callEngine, statusOf } from './docker-calls.ts';
import { bridgeOptions } from './docker-container.ts';
import { demultiplex } from './docker-streams.ts';
import { createSupervisorClient, type SupervisorClient } from './supervisor-client.ts';
import { isRecord } from './supervisor-frames.ts';

// The supervisor of a fresh container first finds the tree and restores a snapshot, which may take minutes.
const HELLO_MS = 300_000;

export interface ConnectedSandbox {
  readonly client: SupervisorClient;
  readonly treeRoot: string;
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
  const found = await inspectContainer(docker, name);
  if (found?.State.Running !== true) throw new SandboxGoneError(`no container ${name} runs`);
  const { socket, stream, complaints } = await openBridge(docker, name);
  const client = createSupervisorClient(stream, {
    name: `sandbox ${id}`,
    onIdle: (idle) => (idle ? unref(socket) : ref(socket)),
  });
  try {
    const { header } = await client.request({ op: 'hello' }, { timeoutMs: HELLO_MS });
    return { client, treeRoot: readTreeRoot(header) };
  } catch (error) {
    client.close();
    if (!(error instanceof SandboxGoneError)) throw error;
    throw await explainLoss(docker, name, { complaints: complaints(), cause: error });
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
    // 404: gone, 409: stopped or paused.
    if (statusOf(error) === 404 || statusOf(error) === 409) {
      throw new SandboxGoneError(`the container ${name} is gone`, { cause: error });
    }
    throw error;
  }
}

/** A bridge that ends at once: the container ended meanwhile, or the engine cannot run our programs in it. */
async function explainLoss(
  docker: Docker,
  name: string,
  { complaints, cause }: { readonly complaints: string; readonly cause: Error },
): Promise<Error> {
  const running = (await inspectContainer(docker, name))?.State.Running === true;
  if (!running) return cause;
  return new SandboxUnavailableError(`the supervisor of ${name} does not answer: ${complaints || 'it said nothing'}`, {
    cause,
  });
}

function readTreeRoot(header: Readonly<Record<string, unknown>>): string {
  const { treeRoot, problem } = header;
  if (typeof treeRoot === 'string') return treeRoot;
  const { kind, message } = isRecord(problem) ? problem : { kind: '', message: JSON.stringify(header) };
  if (kind === 'source') throw new ImageNotFoundError(String(message));
  throw new SandboxUnavailableError(`the sandbox could not be prepared: ${String(message)}`);
}

/** An idle bridge need not keep the process alive. */
function unref(socket: Duplex): void {
  if ('unref' in socket && typeof socket.unref === 'function') socket.unref();
}

function ref(socket: Duplex): void {
  if ('ref' in socket && typeof socket.ref === 'function') socket.ref();
}
