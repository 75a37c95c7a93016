import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  return probePort(0);
}

/**
 * Free ports below those that the system gives out by itself. Temporal's server writes its ports to columns of Postgres
 * that end at 32767.
 */
export async function freeLowPorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  // From a place of its own for each process, so that those who look at the same time find different ones.
  for (let port = 20_000 + ((process.pid * 37) % 10_000); ports.length < count; port++) {
    const free = await probePort(port).catch(() => undefined);
    if (free !== undefined) ports.push(free);
  }
  return ports;
}

async function probePort(port: number): Promise<number> {
  const probe = createServer();
  probe.listen(port, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a probe without a port');
  return address.port;
}
