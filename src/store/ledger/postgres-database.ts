import { CamelCasePlugin, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import type { LedgerDatabase } from './ledger-database.ts';
import type { LedgerTables } from './ledger-tables.ts';
import { migrateLedger, type LedgerMigrations } from './migrate-ledger.ts';
import { LEDGER_MIGRATIONS } from './migrations/ledger-migrations.ts';
import { createPostgresDriver } from './postgres-driver.ts';
import { isConnectionLost, isTakenBack, toOpeningError } from './postgres-errors.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`, of a database that is the ledger's alone. */
  readonly url: string;
  /** Connections that this process holds at most. */
  readonly poolSize: number;
}

/** Every statement finds its rows by an index and takes milliseconds; what takes longer than this is stuck. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** Rows are locked for one transaction of a few statements; a holder that stays longer is stopped or gone. */
const LOCK_TIMEOUT_MS = 10_000;

/** A transaction awaits nothing but its queries. A process that is stopped in the middle of one holds up the others. */
const IDLE_IN_TRANSACTION_MS = 20_000;

/** For a server that is cut off without a word: it had to answer by `STATEMENT_TIMEOUT_MS`, and so much for the way. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;

/** A connection is made within a second, TLS and an ocean included; a burst may wait as long for one of the pool. */
const CONNECT_TIMEOUT_MS = 10_000;

/** One that has nothing to do lets the server have its memory back; making another costs some 10 ms. */
const IDLE_TIMEOUT_MS = 60_000;

/** A migration may rewrite the largest table; other workers that start meanwhile wait for its lock as long. */
const MIGRATION_TIMEOUT_MS = 10 * 60_000;

/** The first try, one for a lost connection or a deadlock, one more for the deadlock of a second pair of writers. */
const WRITE_TRIES = 3;

/** Opens the ledger in a database of Postgres 13 or newer and brings it up to date. */
export async function openPostgresDatabase(
  { url, poolSize }: PostgresOptions,
  migrations: LedgerMigrations = LEDGER_MIGRATIONS,
): Promise<LedgerDatabase> {
  const place = placeOf(url);
  await migrate({ url, place, migrations });
  const pool = createPool({
    connectionString: url,
    max: poolSize,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  const queries = createQueries(pool, place);
  const writing = new Set<Promise<unknown>>();
  return {
    queries,
    locksRows: true,
    // Not in groups: each transaction locks its own rows, and two that share some must not wait for each other's rest.
    write: (work) => {
      const written = whileWorthRepeating(() => queries.transaction().execute(work));
      const settled = written.then(ignore, ignore).finally(() => writing.delete(settled));
      writing.add(settled);
      return written;
    },
    close: async () => {
      await Promise.all(writing);
      await queries.destroy();
    },
  };
}

/**
 * On a connection of its own, without the limits of everyday statements. Workers that start at once do it one after
 * the other: kysely's migrator takes an advisory lock for its transaction.
 */
async function migrate({
  url,
  place,
  migrations,
}: {
  readonly url: string;
  readonly place: string;
  readonly migrations: LedgerMigrations;
}): Promise<void> {
  const pool = createPool({ connectionString: url, max: 1, statement_timeout: MIGRATION_TIMEOUT_MS });
  const queries = createQueries(pool, place);
  try {
    await migrateLedger(queries.withoutPlugins(), { path: place, migrations });
  } catch (error) {
    throw toOpeningError(error, place);
  } finally {
    await queries.destroy();
  }
}

function createPool(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    ...settings,
    application_name: 'selfplay',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that dies says so twice: to its query, which fails, and here, where silence would end the process.
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', ignore);
  return pool;
}

function createQueries(pool: pg.Pool, place: string): Kysely<LedgerTables> {
  return new Kysely<LedgerTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => createPostgresDriver(pool, place),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [new CamelCasePlugin()],
  });
}

/** Whether a commit that got no answer took place is not known, and does not matter: every write may be repeated. */
async function whileWorthRepeating<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried === WRITE_TRIES || !(isConnectionLost(error) || isTakenBack(error))) throw error;
    }
  }
}

/** For messages: the URL without its password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `postgres://${host}${pathname}`;
  } catch {
    // With a Unix socket's directory as host, the driver reads what URL does not.
    return 'in Postgres';
  }
}

function ignore(): void {
  // Its query has failed already.
}
