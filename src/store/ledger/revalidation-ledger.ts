import type { Ledger } from '../store.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { toRevalidationColumns, toRevalidationRow } from './row-mapping.ts';
import { writeOnce } from './write-once.ts';

type RevalidationLedger = Pick<
  Ledger,
  'recordRevalidation' | 'findRevalidation' | 'listRevalidations' | 'listRevalidationIds'
>;

export function createRevalidationLedger({ queries, write }: LedgerDatabase): RevalidationLedger {
  return {
    recordRevalidation: (revalidation) =>
      write((transaction) => {
        const columns = toRevalidationColumns(revalidation);
        const { endedAt: _endedAt, checks: _checks, facts: _facts, ...said } = columns;
        const { revalidationId, artifactId } = revalidation;
        return writeOnce(transaction.insertInto('revalidations').values(columns), {
          name: `revalidation ${revalidationId} of artifact ${artifactId}`,
          said,
          find: () =>
            transaction
              .selectFrom('revalidations')
              .selectAll()
              .where('revalidationId', '=', revalidationId)
              .where('artifactId', '=', artifactId)
              .executeTakeFirst(),
        });
      }),

    findRevalidation: async ({ artifactId, validatorVersion }) => {
      const found = await queries
        .selectFrom('revalidations')
        .selectAll()
        .where('artifactId', '=', artifactId)
        .where('validatorVersion', '=', validatorVersion)
        .where('verdict', '!=', 'not-done')
        .orderBy('endedAt', 'desc')
        .orderBy('revalidationId', 'desc')
        .executeTakeFirst();
      return found && toRevalidationRow(found);
    },

    listRevalidations: async ({ revalidationId, artifactId, validatorVersion }) => {
      let selected = queries.selectFrom('revalidations').selectAll().orderBy('endedAt').orderBy('artifactId');
      if (revalidationId !== undefined) selected = selected.where('revalidationId', '=', revalidationId);
      if (artifactId !== undefined) selected = selected.where('artifactId', '=', artifactId);
      if (validatorVersion !== undefined) selected = selected.where('validatorVersion', '=', validatorVersion);
      return (await selected.execute()).map(toRevalidationRow);
    },

    listRevalidationIds: async () => {
      const rows = await queries.selectFrom('revalidations').select('revalidationId').distinct().execute();
      return rows.map(({ revalidationId }) => revalidationId);
    },
  };
}
