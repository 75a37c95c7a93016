import type { Migration } from 'kysely';

/** What steps of training are made of, and what came of them. */
export const training: Migration = {
  async up({ schema }) {
    await schema
      .createTable('training_groups')
      .addColumn('group_id', 'text', (column) => column.primaryKey())
      .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('standing', 'text', (column) => column.notNull())
      .addColumn('rollouts', 'integer', (column) => column.notNull())
      .addColumn('units', 'integer', (column) => column.notNull())
      .addColumn('policy_version', 'integer', (column) => column.notNull())
      .addColumn('step', 'integer')
      .addColumn('weighed_at', 'text', (column) => column.notNull())
      .execute();
    await schema.createIndex('training_groups_by_run').on('training_groups').column('run_id').execute();
    await schema
      .createTable('training_steps')
      .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
      .addColumn('step', 'integer', (column) => column.notNull())
      .addColumn('manifest', 'text')
      .addColumn('policy_version', 'integer', (column) => column.notNull())
      .addColumn('assembled_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('training_steps_key', ['run_id', 'step'])
      .execute();
    await schema
      .createTable('training_receipts')
      .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
      .addColumn('step', 'integer', (column) => column.notNull())
      .addColumn('policy_version', 'integer', (column) => column.notNull())
      .addColumn('session', 'text', (column) => column.notNull())
      .addColumn('publication', 'text', (column) => column.notNull())
      .addColumn('checkpoint', 'text')
      .addColumn('metrics', 'text', (column) => column.notNull())
      .addColumn('trained_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('training_receipts_key', ['run_id', 'step'])
      .execute();
  },
};
