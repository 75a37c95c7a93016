import type { Ledger } from '../store.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { toImageIndexRow, toReferenceText } from './row-mapping.ts';
import { missingRow } from './write-once.ts';

type AuditLedger = Pick<Ledger, 'recordAudit' | 'recordImageIndex' | 'findImageIndex'>;

export function createAuditLedger({ queries, write }: LedgerDatabase): AuditLedger {
  return {
    recordAudit: (rolloutId, audit) =>
      write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('rollouts')
          .set({ audit })
          .where('rolloutId', '=', rolloutId)
          .executeTakeFirstOrThrow();
        if (!numUpdatedRows) throw missingRow(`rollout ${rolloutId}`);
      }),

    recordImageIndex: ({ imageKey, content }) =>
      write(async (transaction) => {
        await transaction
          .insertInto('imageIndexes')
          .values({ imageKey, content: toReferenceText(content) })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),

    findImageIndex: async (imageKey) => {
      const index = await queries
        .selectFrom('imageIndexes')
        .selectAll()
        .where('imageKey', '=', imageKey)
        .executeTakeFirst();
      return index && toImageIndexRow(index);
    },
  };
}
