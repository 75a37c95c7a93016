import { join } from 'node:path';

import { loadStoreConfiguration } from '../../config/store-configuration.ts';
import type { CommandContext } from '../command/command-context.ts';
import { messageOf } from '../command/exit-codes.ts';
import { ok, problem, type Diagnosis } from './machine-checks.ts';

/** Small, and by its hash always the same blob, however often it is asked. */
const PROBE = Buffer.from('selfplay doctor\n');

/** Opens both halves of the store as a run does, reads the ledger, and writes a blob and reads it back. */
export async function storeDiagnosis({
  environment,
  backends,
}: Pick<CommandContext, 'environment' | 'backends'>): Promise<Diagnosis> {
  try {
    const place = storePlace(environment);
    const store = await backends.openStore(environment);
    try {
      const runs = await store.ledger.listRunIds();
      await store.blobs.get(await store.blobs.put(PROBE));
      return ok('store', `${place}, runs: ${runs.length}`);
    } finally {
      await store.close();
    }
  } catch (error) {
    const { storeFile } = environment;
    const remedy = storeFile === undefined ? 'name another place with --home' : `check ${storeFile} (SELFPLAY_STORE)`;
    return problem('store', messageOf(error), remedy);
  }
}

/** Where the halves lie; a URL of a ledger is a secret, so its variable stands for it. */
function storePlace(environment: CommandContext['environment']): string {
  const { ledger, blobs } = loadStoreConfiguration(environment);
  const directory = join(environment.home, 'store');
  const ledgerPlace = ledger.kind === 'sqlite' ? `SQLite in ${directory}` : `Postgres of ${ledger.urlEnv}`;
  const blobsPlace =
    blobs.kind === 's3' ? `bucket ${blobs.bucket} at ${blobs.endpoint}` : (blobs.directory ?? join(directory, 'blobs'));
  return `ledger: ${ledgerPlace}, blobs: ${blobsPlace}`;
}
