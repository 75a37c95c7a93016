import { describe, expect, it, onTestFinished } from 'vitest';

import { keepServer } from '../../../src/cli/deployment/keep-server.ts';
import type { ServerPorts, TemporalServer } from '../../../src/workers/temporal-server.ts';

const PATIENCE = { checkEveryMs: 1, silentChecks: 3, restarts: 2, withinMs: 60_000 };

/** A server of which the test says how it fares. */
interface FakeServer extends TemporalServer {
  end(how: string): void;
  answering: boolean;
  stopped: boolean;
}

function fakeServer(ports: ServerPorts): FakeServer {
  let end: (how: string) => void = () => undefined;
  const server: FakeServer = {
    ...{ address: 'here', uiUrl: 'there', namespace: 'default', ports, answering: true, stopped: false },
    ended: new Promise((resolve) => (end = resolve)),
    answers: () => Promise.resolve(server.answering),
    stop: () => {
      server.stopped = true;
      return Promise.resolve();
    },
    end: (how) => {
      end(how);
    },
  };
  return server;
}

/** The servers that were started, and what the terminal was told; `fail` makes the next starts fail. */
async function keep() {
  const servers: FakeServer[] = [];
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const world = { servers, told, failing: false, asked: [] as ServerPorts[] };
  const kept = await keepServer({
    ports: { port: 0, uiPort: 0 },
    start: (ports) => {
      world.asked.push(ports);
      if (world.failing) return Promise.reject(new Error('port 7233 is in use'));
      servers.push(fakeServer({ port: 7233, uiPort: 8233 }));
      return Promise.resolve(servers[servers.length - 1] ?? fakeServer(ports));
    },
    tell: (line) => {
      told.push(line);
      for (const look of waiting) look();
    },
    patience: PATIENCE,
  });
  onTestFinished(() => kept.stop());
  const hears = (line: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (told.at(-1) === line) resolve();
      };
      waiting.add(look);
      look();
    });
  return { world, kept, hears };
}

const BACK = 'the Temporal server is back';

describe('a Temporal server that is kept', () => {
  it('is started again when it ends, on the ports that the first one got', async () => {
    const { world, hears } = await keep();
    world.servers[0]?.end('ended with code 1: disk full');
    await hears(BACK);
    expect(world.told).toEqual([
      'the Temporal server ended with code 1: disk full; starting it again on the same database (restart 1 of at most 2 within 1 minutes)',
      BACK,
    ]);
    expect(world.asked).toEqual([
      { port: 0, uiPort: 0 },
      { port: 7233, uiPort: 8233 },
    ]);
  });

  it('is stopped and started again when it answers no check in a row of them', async () => {
    const { world, hears } = await keep();
    const [first] = world.servers;
    if (first !== undefined) first.answering = false;
    await hears(BACK);
    expect(world.told[0]).toContain('the Temporal server does not answer any more; starting it again');
    expect([first?.stopped, world.servers.length]).toEqual([true, 2]);
  });

  it('is given up after as many restarts as it has', async () => {
    const { world, kept, hears } = await keep();
    for (let restarts = 0; restarts < PATIENCE.restarts; restarts += 1) {
      world.servers.at(-1)?.end('was ended by SIGKILL');
      await hears(BACK);
      world.told.length = 0;
    }
    world.servers.at(-1)?.end('was ended by SIGKILL');
    await expect(kept.failure).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('was ended by SIGKILL, after 2 restarts within 1 minutes'),
    });
  });

  it('is given up when it does not start any more, which counts as restarts do', async () => {
    const { world, kept } = await keep();
    world.failing = true;
    world.servers[0]?.end('was ended by SIGKILL');
    await expect(kept.failure).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('does not start (port 7233 is in use), after 2 restarts'),
    });
  });

  it('stays stopped when it is stopped', async () => {
    const { world, kept } = await keep();
    await kept.stop();
    world.servers[0]?.end('was ended by SIGTERM');
    expect([world.servers.length, world.servers[0]?.stopped, world.told]).toEqual([1, true, []]);
  });
});
