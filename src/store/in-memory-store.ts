import { BlobMissingError } from '../domain/failure/errors.ts';
import { openSqliteDatabase } from './ledger/sqlite-database.ts';
import { createSqlLedger } from './sql-ledger.ts';
import { toBlobRef, type Blobs, type Store } from './store.ts';

/** A store for tests and dry runs, gone with its process. Its ledger is the real one, on a database in memory. */
export async function createInMemoryStore(): Promise<Store> {
  const database = await openSqliteDatabase(':memory:');
  return { blobs: createInMemoryBlobs(), ledger: createSqlLedger(database), close: () => database.close() };
}

function createInMemoryBlobs(): Blobs {
  const contents = new Map<string, Uint8Array>();
  return {
    put: (content) => {
      const ref = toBlobRef(content);
      // Copies in and out: a caller that reuses its buffer must not change what is stored.
      contents.set(ref.sha256, Uint8Array.from(content));
      return Promise.resolve(ref);
    },
    get: ({ sha256, bytes }) => {
      const content = contents.get(sha256);
      if (content?.byteLength === bytes) return Promise.resolve(Uint8Array.from(content));
      return Promise.reject(new BlobMissingError(`Blob ${sha256} (${bytes} bytes) is not in this in-memory store.`));
    },
    remove: ({ sha256 }) => {
      contents.delete(sha256);
      return Promise.resolve();
    },
  };
}
