import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import { InvalidConfigError } from '../../domain/failure/errors.ts';
import type { LedgerTables } from './ledger-tables.ts';

/** By name; names sort in the order in which they are applied, and one that was released never changes. */
export type LedgerMigrations = Readonly<Record<string, Migration>>;

/** Brings the ledger's tables up to date. Processes that start at once do it one after the other. */
export async function migrateLedger(
  database: Kysely<LedgerTables>,
  { path, migrations }: { readonly path: string; readonly migrations: LedgerMigrations },
): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  await refuseNewer(database, { path, migrations });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof Error) throw error;
  if (error !== undefined) throw new Error(`The ledger ${path} was not migrated.`, { cause: error });
}

async function refuseNewer(
  database: Kysely<LedgerTables>,
  { path, migrations }: { readonly path: string; readonly migrations: LedgerMigrations },
): Promise<void> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return;
  const { rows: applied } = await sql<{ name: string }>`select name from kysely_migration`.execute(database);
  const unknown = applied.map(({ name }) => name).filter((name) => !(name in migrations));
  if (unknown.length === 0) return;
  throw new InvalidConfigError(
    `The ledger ${path} was made by a newer version of selfplay (it has ${unknown.join(', ')}). ` +
      'Run that version, or choose another store directory.',
  );
}
