import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { readSecret, type Environment } from '../config/environment.ts';
import {
  areAtHome,
  loadStoreConfiguration,
  requireSecret,
  type StoreConfiguration,
} from '../config/store-configuration.ts';
import { InvalidConfigError } from '../domain/failure/errors.ts';
import { createDirectoryBlobs } from '../store/directory-blobs.ts';
import { createFileStore } from '../store/file-store.ts';
import type { LedgerDatabase } from '../store/ledger/ledger-database.ts';
import { openSqliteDatabase } from '../store/ledger/sqlite-database.ts';
import { rememberBlobs } from '../store/remembered-blobs.ts';
import { createSqlLedger } from '../store/sql-ledger.ts';
import type { Blobs, Store } from '../store/store.ts';

/** The store of this deployment; each of its halves is chosen by itself. */
export async function openStore(environment: Pick<Environment, 'home' | 'storeFile'>): Promise<Store> {
  const store = await openHalves(environment);
  return { ...store, blobs: rememberBlobs(store.blobs) };
}

async function openHalves(environment: Pick<Environment, 'home' | 'storeFile'>): Promise<Store> {
  const configuration = loadStoreConfiguration(environment);
  const directory = join(environment.home, 'store');
  if (configuration.ledger.kind === 'sqlite' && areAtHome(configuration.blobs)) return createFileStore({ directory });
  const blobs = await openBlobs(configuration.blobs, directory);
  const database = await openLedger(configuration.ledger, directory);
  return { blobs, ledger: createSqlLedger(database), close: () => database.close() };
}

/** What only a deployment of several machines needs is loaded there alone. */
async function openBlobs(configuration: StoreConfiguration['blobs'], directory: string): Promise<Blobs> {
  if (configuration.kind === 'directory') {
    return createDirectoryBlobs(configuration.directory ?? join(directory, 'blobs'));
  }
  const { kind: _kind, accessKeyIdEnv, secretAccessKeyEnv, sessionTokenEnv, ...where } = configuration;
  const sessionToken = readSecret(sessionTokenEnv);
  const { createS3Blobs } = await import('../store/s3-blobs.ts');
  return createS3Blobs({
    ...where,
    credentials: {
      accessKeyId: requireSecret('blobs.access_key_id_env', accessKeyIdEnv),
      secretAccessKey: requireSecret('blobs.secret_access_key_env', secretAccessKeyEnv),
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  });
}

async function openLedger(configuration: StoreConfiguration['ledger'], directory: string): Promise<LedgerDatabase> {
  if (configuration.kind === 'sqlite') {
    mkdirSync(directory, { recursive: true });
    return openSqliteDatabase(join(directory, 'ledger.db'));
  }
  const { urlEnv, poolSize } = configuration;
  const url = requireSecret('ledger.url_env', urlEnv);
  // The value is a secret, so the message does not show it.
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new InvalidConfigError(
      `ledger.url_env names ${urlEnv}, whose value does not begin with postgres://; give a whole URL`,
    );
  }
  const { openPostgresDatabase } = await import('../store/ledger/postgres-database.ts');
  return openPostgresDatabase({ url, poolSize });
}
