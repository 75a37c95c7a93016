import type { Migration } from 'kysely';

/** What came of each pass of a policy over a library. */
export const evaluations: Migration = {
  async up({ schema }) {
    await schema
      .createTable('evaluations')
      .addColumn('evaluation_id', 'text', (column) => column.primaryKey().references('runs.run_id'))
      .addColumn('library_id', 'text', (column) => column.notNull().references('libraries.library_id'))
      .addColumn('training_run', 'text', (column) => column.references('runs.run_id'))
      .addColumn('step', 'integer')
      .addColumn('policy_version', 'integer')
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('tasks', 'integer', (column) => column.notNull())
      .addColumn('solved', 'integer')
      .addColumn('unsolved', 'integer')
      .addColumn('lost', 'integer')
      .addColumn('started_at', 'text', (column) => column.notNull())
      .addColumn('ended_at', 'text')
      .execute();
  },
};
