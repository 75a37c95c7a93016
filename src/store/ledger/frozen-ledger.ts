import type { Ledger } from '../store.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { readReference, toReferenceText } from './row-mapping.ts';

/** Frozen libraries. */
export function createFrozenLedger({ queries, write }: LedgerDatabase): Pick<Ledger, 'recordLibrary' | 'findLibrary'> {
  return {
    // Its id says what it is: who comes second has nothing else to say.
    recordLibrary: ({ manifest, ...library }) =>
      write(async (transaction) => {
        await transaction
          .insertInto('libraries')
          .values({ ...library, manifest: toReferenceText(manifest) })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),

    findLibrary: async (libraryId) => {
      const row = await queries
        .selectFrom('libraries')
        .selectAll()
        .where('libraryId', '=', libraryId)
        .executeTakeFirst();
      return row && { ...row, manifest: readReference(row.manifest) };
    },
  };
}
