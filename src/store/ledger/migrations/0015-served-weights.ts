import type { Migration } from 'kysely';

/** What inference servers answer under the weights of a step, and how often its trainer was lost since. */
export const servedWeights: Migration = {
  async up({ schema }) {
    // What has a receipt already is sampled from: no servers had to load it.
    await schema
      .alterTable('training_receipts')
      .addColumn('served', 'text', (column) => column.defaultTo('{"probes":{}}'))
      .execute();
    await schema
      .alterTable('training_receipts')
      .addColumn('losses', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
