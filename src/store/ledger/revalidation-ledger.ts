import type { RevalidatedRow } from '../../domain/record/ledger-rows.ts';
import type { Ledger } from '../store.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { isChosen } from './artifact-ledger.ts';
import { toRevalidatedRow, toRevalidationColumns, toRevalidationRow } from './row-mapping.ts';
import { writeOnce } from './write-once.ts';

type RevalidationLedger = Pick<
  Ledger,
  'recordRevalidation' | 'findRevalidation' | 'listRevalidations' | 'listRevalidated' | 'listRevalidationIds'
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

    listRevalidations: async (artifactId) => {
      const revalidations = await queries
        .selectFrom('revalidations')
        .selectAll()
        .where('artifactId', '=', artifactId)
        .orderBy('endedAt')
        .orderBy('revalidationId')
        .execute();
      return revalidations.map(toRevalidationRow);
    },

    listRevalidated: (filter) => listRevalidated(queries, filter),

    listRevalidationIds: async () => {
      const rows = await queries.selectFrom('revalidations').select('revalidationId').distinct().execute();
      return rows.map(({ revalidationId }) => revalidationId);
    },
  };
}

async function listRevalidated(
  queries: LedgerDatabase['queries'],
  { validatorVersion, artifactIds, ...filter }: Parameters<Ledger['listRevalidated']>[0],
): Promise<readonly RevalidatedRow[]> {
  if (artifactIds?.length === 0) return [];
  let selected = queries
    .selectFrom('artifacts')
    .innerJoin('revalidations', 'revalidations.artifactId', 'artifacts.artifactId')
    .where(isChosen(filter))
    .where('revalidations.validatorVersion', '=', validatorVersion)
    .selectAll('revalidations')
    .select(['artifacts.subject', 'artifacts.consistent'])
    .select(['artifacts.check as checkBefore', 'artifacts.validatorVersion as versionBefore'])
    .orderBy('artifacts.artifactId')
    .orderBy('revalidations.endedAt')
    .orderBy('revalidations.revalidationId');
  if (artifactIds !== undefined) selected = selected.where('artifacts.artifactId', 'in', artifactIds);
  return (await selected.execute()).map(toRevalidatedRow);
}
