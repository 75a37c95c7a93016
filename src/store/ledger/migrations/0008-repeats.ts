import type { Migration } from 'kysely';

/**
 * Tool calls that were run again in another sandbox, with what came of it; in which sandbox a turn's call was first to
 * run; and which snapshots there are, for who takes away those that nobody needs.
 */
export const repeats: Migration = {
  async up({ schema }) {
    await schema.alterTable('turns').addColumn('sandbox', 'text').execute();
    await schema
      .createTable('repeats')
      .addColumn('rollout_id', 'text', (column) => column.notNull().references('rollouts.rollout_id'))
      .addColumn('turn', 'integer', (column) => column.notNull())
      .addColumn('sandbox', 'text', (column) => column.notNull())
      .addColumn('epoch', 'integer', (column) => column.notNull())
      .addColumn('finding', 'text', (column) => column.notNull())
      .addColumn('observation', 'text')
      .addColumn('at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('repeats_key', ['rollout_id', 'turn', 'sandbox'])
      .execute();
    await schema
      .createIndex('turns_by_snapshot')
      .on('turns')
      .column('snapshot')
      .where('snapshot', 'is not', null)
      .execute();
  },
};
