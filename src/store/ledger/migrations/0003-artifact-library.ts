import type { Kysely, Migration } from 'kysely';

/** What artifacts are found and compared by, what today's checks say about stored ones, and who graded an attempt. */
export const artifactLibrary: Migration = {
  async up(database) {
    const { schema } = database;
    // SQLite takes one column at a time. Artifacts of older versions have no identity.
    await schema.alterTable('artifacts').addColumn('content_id', 'text').execute();
    await schema.alterTable('artifacts').addColumn('bug_hash', 'text').execute();
    await schema
      .alterTable('artifacts')
      .addColumn('sketch', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute();
    await schema.createIndex('artifacts_by_content').on('artifacts').column('content_id').execute();
    await schema.alterTable('attempts').addColumn('validator_version', 'text').execute();
    await createRevalidations(database);
  },
};

type Database = Kysely<unknown>;

async function createRevalidations({ schema }: Database): Promise<void> {
  await schema
    .createTable('revalidations')
    .addColumn('revalidation_id', 'text', (column) => column.notNull())
    .addColumn('artifact_id', 'text', (column) => column.notNull().references('artifacts.artifact_id'))
    .addColumn('validator_version', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('check', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('checks', 'text')
    .addColumn('facts', 'text')
    .addColumn('ended_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('revalidations_key', ['revalidation_id', 'artifact_id'])
    .execute();
  await schema
    .createIndex('revalidations_by_artifact')
    .on('revalidations')
    .columns(['artifact_id', 'validator_version'])
    .execute();
}
