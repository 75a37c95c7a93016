import { sql, type Migration } from 'kysely';

/** After which turns a snapshot was taken stays known when it is not kept any more. */
export const savedTurns: Migration = {
  async up(database) {
    await database.schema.alterTable('turns').addColumn('saved_at', 'text').execute();
    await sql`update turns set saved_at = observed_at where snapshot is not null`.execute(database);
  },
};
