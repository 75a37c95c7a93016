import { once } from 'node:events';
import { createConnection } from 'node:net';

import { CommandFailure, EXIT, messageOf } from '../command/exit-codes.ts';

/**
 * The client tries for its whole time-out, and loading it is a quarter of a second's work; on this machine a closed port is
 * known at once.
 */
export async function probeServer(address: string): Promise<void> {
  const { host, port } = onThisMachine(address);
  if (host === undefined) return;
  const socket = createConnection({ host, port: Number(port) });
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw noServer(address, error);
  } finally {
    socket.destroy();
  }
}

export function noServer(address: string, error: unknown): CommandFailure {
  return new CommandFailure(
    `no Temporal server answers at ${address} (${messageOf(error)}). Start one with \`selfplay up${portOption(address)}\`, or name another with --address or TEMPORAL_ADDRESS`,
    EXIT.infrastructure,
  );
}

/** Where the address that is named is one that `up` can serve. */
function portOption(address: string): string {
  const { port } = onThisMachine(address);
  return port === undefined ? '' : ` --port ${port}`;
}

function onThisMachine(address: string): { readonly host?: string; readonly port?: string } {
  return /^(?<host>localhost|127\.0\.0\.1):(?<port>\d+)$/.exec(address)?.groups ?? {};
}
