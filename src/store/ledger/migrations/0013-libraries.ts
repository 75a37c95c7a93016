import type { Migration } from 'kysely';

/** Frozen libraries that runs play and policies are evaluated on. */
export const libraries: Migration = {
  async up({ schema }) {
    await schema
      .createTable('libraries')
      .addColumn('library_id', 'text', (column) => column.primaryKey())
      .addColumn('manifest', 'text', (column) => column.notNull())
      .addColumn('bugs', 'integer', (column) => column.notNull())
      .addColumn('recorded_at', 'text', (column) => column.notNull())
      .execute();
  },
};
