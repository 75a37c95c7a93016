import type { Migration } from 'kysely';

export const audits: Migration = {
  async up({ schema }) {
    await schema.alterTable('rollouts').addColumn('audit', 'text').execute();
    await schema
      .createTable('image_indexes')
      .addColumn('image_key', 'text', (column) => column.primaryKey())
      .addColumn('content', 'text', (column) => column.notNull())
      .execute();
  },
};
