import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { connectTemporal } from '../../src/cli/temporal/connect-temporal.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { startTemporalServer } from '../../src/workers/temporal-server.ts';

it('keeps what has ended for a run of weeks, through restarts on its database', async () => {
  const home = mkdtempSync(join(tmpdir(), 'selfplay-temporal-'));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const { temporalBinary: binary } = readEnvironment();
  for (const _start of ['first', 'again']) {
    const server = await startTemporalServer({ binary, home, port: 0, uiPort: 0 });
    const temporal = await connectTemporal(server);
    expect(await temporal.retentionDays()).toBe(30);
    await temporal.close();
    await server.stop();
  }
});
