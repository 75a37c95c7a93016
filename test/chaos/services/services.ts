import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { startPostgres, type TestPostgres } from '../../support/run-postgres.ts';
import { startS3, type TestS3 } from '../../support/run-s3.ts';
import { fill } from '../machine/fill.ts';
import { startTemporal, type TemporalService } from './temporal-service.ts';

/** What a deployment needs beside its workers: Temporal, the ledger's database, the server of the blobs. */
export interface Services {
  readonly temporal: TemporalService;
  readonly postgres: TestPostgres;
  readonly ledgerUrl: string;
  readonly s3: TestS3;
  /** Nothing more fits where the blobs are kept until it is emptied again. */
  fillStore(): void;
  emptyStore(): void;
  stop(): Promise<void>;
}

/** Blobs of a round take some ten MiB. */
const STORE_DISK = '256m';

export async function startServices(directory: string): Promise<Services> {
  const store = join(directory, 'store');
  const database = join(directory, 'database');
  for (const folder of [store, database]) mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${STORE_DISK},mode=755`, 'tmpfs', store]);
  const [postgres, s3] = await Promise.all([startPostgres(database), startS3(store)]);
  const temporal = await startTemporal(join(directory, 'temporal'));
  const ballast = join(store, 'ballast');
  return {
    ...{ temporal, postgres, s3, ledgerUrl: await postgres.createDatabase('ledger') },
    fillStore: () => {
      fill(ballast);
    },
    emptyStore: () => {
      rmSync(ballast, { force: true });
    },
    stop: async () => {
      await temporal.kill();
      await Promise.all([postgres.stop(), s3.stop()]);
      execFileSync('umount', ['--lazy', store]);
    },
  };
}
