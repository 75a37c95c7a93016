import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { Ledger } from '../store.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import { readReference, toReferenceText } from './row-mapping.ts';

type SnapshotLedger = Pick<Ledger, 'listSpentSnapshots' | 'forgetSnapshot'>;

/** The newest one to start from, and the one before in case that it is damaged. Each is whole by itself. */
const KEPT = 2;

/** Which snapshots nobody needs any more. */
export function createSnapshotLedger({ queries, write }: LedgerDatabase): SnapshotLedger {
  return {
    listSpentSnapshots: async ({ rolloutId }) => {
      const spent = await queries
        .selectFrom('turns')
        .where('snapshot', 'is not', null)
        .$if(rolloutId !== undefined, (query) => query.where('rolloutId', '=', rolloutId ?? ''))
        .where(isSpent('turns'))
        .select(['snapshot', isShared().as('shared')])
        .distinct()
        .execute();
      // Drivers differ in what they return for a truth: boolean or number.
      return spent.flatMap(({ snapshot, shared }) =>
        snapshot === null ? [] : [{ snapshot: readReference(snapshot), shared: Boolean(shared) }],
      );
    },

    forgetSnapshot: (snapshot) =>
      write(async (transaction) => {
        await transaction
          .updateTable('turns')
          .set({ snapshot: null })
          .where('snapshot', '=', toReferenceText(snapshot))
          .where(isSpent('turns'))
          .execute();
      }),
  };
}

/** Whether the rollout of this turn is over, or has newer ones. */
function isSpent(turns: 'turns' | 'others'): RawBuilder<SqlBool> {
  const [rollout, turn] = [sql.ref(`${turns}.rolloutId`), sql.ref(`${turns}.turn`)];
  return sql<SqlBool>`(
    exists (
      select 1 from rollouts inner join episodes on episodes.episode_id = rollouts.episode_id
      where rollouts.rollout_id = ${rollout} and (rollouts.ended_at is not null or episodes.ended_at is not null)
    )
    or (
      select count(*) from turns as later
      where later.rollout_id = ${rollout} and later.turn > ${turn} and later.snapshot is not null
    ) >= ${sql.lit(KEPT)}
  )`;
}

/** Whether a turn that is not spent has the same one. */
function isShared(): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (
    select 1 from turns as others where others.snapshot = turns.snapshot and not ${isSpent('others')}
  )`;
}
