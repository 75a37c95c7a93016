import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readEnvironment } from '../../../src/config/environment.ts';
import { startTemporalServer, type TemporalServer } from '../../../src/workers/temporal-server.ts';
import { freePort } from '../../support/free-port.ts';

export interface TemporalService {
  readonly port: number;
  /** As `kill -9` does. */
  kill(): Promise<void>;
  /** On the database that it has left. */
  start(): Promise<void>;
}

/** On a port that stays the same. */
export async function startTemporal(home: string): Promise<TemporalService> {
  const [port, uiPort] = [await freePort(), await freePort()];
  const { temporalBinary } = readEnvironment();
  const start = () => startTemporalServer({ binary: temporalBinary, home, port, uiPort });
  let server: TemporalServer | undefined = await start();
  const processId = () => Number(readFileSync(join(home, 'temporal.pid'), 'utf8'));
  return {
    port,
    kill: async () => {
      if (server === undefined) return;
      process.kill(processId(), 'SIGKILL');
      await server.ended;
      server = undefined;
    },
    start: async () => {
      server ??= await start();
    },
  };
}
