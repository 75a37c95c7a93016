import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import { startTemporalServer } from '../../src/workers/temporal-server.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'selfplay-temporal-'));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

/** A program in place of the server. */
function binary(script: string): string {
  const file = join(home, 'temporal');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Something else that listens on a port. */
async function occupiedPort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, [Symbol.dispose]: () => void server.close() };
}

describe('a server that cannot be started', () => {
  it('because its binary is missing names set-up and the variable', async () => {
    const start = startTemporalServer({ binary: '/nowhere/temporal', home, port: 0, uiPort: 0 });
    await expect(start).rejects.toThrow(InvalidConfigError);
    await expect(start).rejects.toThrow(
      /no Temporal server at \/nowhere\/temporal\. Run scripts\/setup.*SELFPLAY_TEMPORAL/,
    );
    expect(readdirSync(home)).toEqual([]);
  });

  it('because its port is in use names the port and the option', async () => {
    using occupied = await occupiedPort();
    const { port } = occupied;
    const start = startTemporalServer({ binary: binary('sleep 60'), home, port, uiPort: 0 });
    await expect(start).rejects.toThrow(`port ${port} on 127.0.0.1 is in use. Give another with --port`);
  });

  it('because the port of its pages is in use names that option', async () => {
    using occupied = await occupiedPort();
    const { port } = occupied;
    const start = startTemporalServer({ binary: binary('sleep 60'), home, port: 0, uiPort: port });
    await expect(start).rejects.toThrow(`port ${port} on 127.0.0.1 is in use. Give another with --ui-port`);
  });

  it('because it ends at once says what it said, and leaves no process file', async () => {
    const start = startTemporalServer({
      binary: binary('echo "database is malformed" >&2; exit 1'),
      home,
      port: 0,
      uiPort: 0,
    });
    await expect(start).rejects.toThrow(
      'the Temporal server ended with code 1: database is malformed, while it started',
    );
    expect(existsSync(join(home, 'temporal.pid'))).toBe(false);
  });
});
