import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { SandboxGoneError } from '../../domain/failure/errors.ts';
import { createSupervisorClient, type SupervisorClient } from '../supervised/supervisor-client.ts';

// A living supervisor answers a greeting within milliseconds; where a thousand processes want each processor it waits
// some seconds for its turn. This long means that it hangs.
const HELLO_MS = 60_000;

/** This process's connections to the supervisors of one state directory: one for each sandbox, shared by all callers. */
export interface SupervisorConnections {
  /** A connection to a living sandbox; undefined when nobody answers there. */
  find(id: string): Promise<SupervisorClient | undefined>;
  drop(id: string): Promise<void>;
  dropAll(): Promise<void>;
}

export function createSupervisorConnections(stateDir: string): SupervisorConnections {
  const clients = new Map<string, Promise<SupervisorClient>>();

  async function find(id: string): Promise<SupervisorClient | undefined> {
    const known = clients.get(id);
    const client = await known?.catch(() => undefined);
    if (client?.isOpen() === true) return client;
    // Another caller may have replaced the broken connection in the meantime.
    if (clients.get(id) !== known) return find(id);
    const fresh = greet(path.join(stateDir, id), id);
    clients.set(id, fresh);
    try {
      return await fresh;
    } catch (error) {
      if (clients.get(id) === fresh) clients.delete(id);
      if (error instanceof SandboxGoneError) return undefined;
      throw error;
    }
  }

  async function drop(id: string): Promise<void> {
    const known = clients.get(id);
    clients.delete(id);
    (await known?.catch(() => undefined))?.close();
  }

  return {
    find,
    drop,
    async dropAll() {
      for (const id of [...clients.keys()]) await drop(id);
    },
  };
}

/** Whether anybody listens; a glance without a greeting, so that looking at a sandbox does not prolong its lease. */
export async function supervisorListens(directory: string): Promise<boolean> {
  try {
    (await connectTo(directory)).destroy();
    return true;
  } catch (error) {
    if (error instanceof SandboxGoneError) return false;
    throw error;
  }
}

async function greet(directory: string, id: string): Promise<SupervisorClient> {
  const socket = await connectTo(directory);
  const client = createSupervisorClient(socket, {
    name: `sandbox ${id}`,
    onIdle: (idle) => (idle ? socket.unref() : socket.ref()),
  });
  try {
    await client.request({ op: 'hello' }, { timeoutMs: HELLO_MS });
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Throws `SandboxGoneError` when nobody listens there. */
async function connectTo(directory: string): Promise<Socket> {
  try {
    const handle = await open(directory, 'r');
    try {
      // Through the descriptor: a socket's path may have 108 bytes at most, a state directory's may have more.
      return await connected(connect(`/proc/self/fd/${handle.fd}/supervisor.sock`));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new SandboxGoneError(`no supervisor answers in ${directory}`, { cause: error });
  }
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Never taken off: a connection may break before its client listens, and an error that nobody hears ends the worker.
    socket.on('error', reject);
    socket.once('connect', () => {
      resolve(socket);
    });
  });
}
