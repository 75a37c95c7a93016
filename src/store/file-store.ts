import { join } from 'node:path';
import { createDirectoryBlobs } from './directory-blobs.ts';
import { openSqliteDatabase } from './ledger/sqlite-database.ts';
import { createSqlLedger } from './sql-ledger.ts';
import type { Store } from './store.ts';

/** A store in one directory of one machine; any number of its processes may have it open. */
export async function createFileStore({ directory }: { readonly directory: string }): Promise<Store> {
  // First, because it makes the directory.
  const blobs = await createDirectoryBlobs(join(directory, 'blobs'), { waitsForDisk: true });
  const database = await openSqliteDatabase(join(directory, 'ledger.db'));
  return { blobs, ledger: createSqlLedger(database), close: () => database.close() };
}
