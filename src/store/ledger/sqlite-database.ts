import { setTimeout as sleep } from 'node:timers/promises';
import { CamelCasePlugin, Kysely, SqliteAdapter, SqliteDialect } from 'kysely';
import { createGroupCommit } from './group-commit.ts';
import type { LedgerDatabase } from './ledger-database.ts';
import type { LedgerTables } from './ledger-tables.ts';
import { migrateLedger, type LedgerMigrations } from './migrate-ledger.ts';
import { LEDGER_MIGRATIONS } from './migrations/ledger-migrations.ts';
import { connectToSqlite, isBusy } from './sqlite-connection.ts';

/** Writers hold the lock for milliseconds; one that is suspended in mid-write must not fail an episode either. */
const BUSY_LIMIT_MS = 10_000;
const BUSY_PAUSE_MS = 20;

/** Opens the ledger in a SQLite file (`:memory:`: in this process alone) and brings it up to date. */
export async function openSqliteDatabase(
  path: string,
  migrations: LedgerMigrations = LEDGER_MIGRATIONS,
): Promise<LedgerDatabase> {
  const connection = await whileBusy(() => connectToSqlite(path));
  const dialect = new SqliteDialect({ database: connection });
  const queries = new Kysely<LedgerTables>({
    dialect: {
      createAdapter: createTransactionalAdapter,
      createDriver: () => dialect.createDriver(),
      createIntrospector: (database) => dialect.createIntrospector(database),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  });
  try {
    await whileBusy(() => migrateLedger(queries.withoutPlugins(), { path, migrations }));
  } catch (error) {
    connection.close();
    throw error;
  }
  const { write, settled } = createGroupCommit<LedgerTables>((work) =>
    whileBusy(() => queries.transaction().execute(work)),
  );
  return {
    queries,
    locksRows: false,
    write,
    close: async () => {
      await settled();
      await queries.destroy();
    },
  };
}

/** SQLite can undo a change of tables; without this, kysely would leave half a migration behind a killed process. */
function createTransactionalAdapter(): SqliteAdapter {
  return Object.defineProperty(new SqliteAdapter(), 'supportsTransactionalDdl', { value: true });
}

/** Only the start of a transaction can find the database busy (it takes the lock), so trying again repeats nothing. */
async function whileBusy<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}
