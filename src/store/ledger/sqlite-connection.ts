import type { SqliteDatabase } from 'kysely';
import Database from 'libsql';
import { LedgerConflictError, StoreUnavailableError } from '../../domain/failure/errors.ts';
import { rememberStatements, type RememberedStatements } from './remembered-statements.ts';
import { toStorable } from './storable-text.ts';

/**
 * How long SQLite itself waits for another process's lock. It blocks the event loop meanwhile, and with it the
 * heartbeats of every activity here, so it is short, and the patient waiting is done outside of it.
 */
const BUSY_TIMEOUT_MS = 100;

/**
 * Opens a SQLite file for kysely's dialect.
 *
 * WAL with synchronous=NORMAL: readers never wait, a commit survives the death of any process (kill -9), and a power
 * cut may take the last commits, never half of one.
 */
export function connectToSqlite(path: string): SqliteDatabase {
  return translateErrors(path, () => {
    const connection = new Database(path);
    connection.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    connection.exec('pragma journal_mode = wal');
    connection.exec('pragma synchronous = normal');
    connection.exec('pragma foreign_keys = on');
    const statements = rememberStatements((sql) => connection.prepare(sql));
    return {
      close: () => {
        connection.close();
      },
      prepare: (sql) =>
        CONTROLS.has(sql)
          ? prepareControl(connection, { sql, path })
          : translateErrors(path, () => prepare(statements, { sql, path })),
    };
  });
}

/** Whether another connection held the lock. */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof StoreUnavailableError &&
    error.cause instanceof Database.SqliteError &&
    /^SQLITE_(BUSY|LOCKED)/.test(error.cause.code)
  );
}

function prepare(statements: RememberedStatements, { sql, path }: { readonly sql: string; readonly path: string }) {
  const statement = statements.prepare(sql);
  const execute = <Result>(work: () => Result): Result =>
    translateErrors(path, () => {
      try {
        return work();
      } catch (error) {
        // It may stay half-way until it is collected as garbage, and is not used again.
        statements.forget(sql);
        throw error;
      }
    });
  return {
    reader: statement.reader,
    all: (parameters: readonly unknown[]) => execute(() => statement.all(parameters.map(toStorable))),
    run: (parameters: readonly unknown[]) => execute(() => statement.run(parameters.map(toStorable))),
    iterate: () => {
      throw new RangeError('the ledger reads no streams');
    },
  };
}

/** What begins and ends transactions, as kysely says it and as SQLite is told. */
const CONTROLS: ReadonlyMap<string, string> = new Map([
  // A plain begin takes the write lock at the first write, and fails at once if another process wrote since the
  // transaction's first read.
  ['begin', 'begin immediate'],
  ['commit', 'commit'],
  ['rollback', 'rollback'],
]);

/**
 * Not as a prepared statement: one that found the database busy stays half-way until it is collected as garbage, and
 * until then no later transaction of its connection can be committed.
 */
function prepareControl(connection: Database.Database, { sql, path }: { readonly sql: string; readonly path: string }) {
  const execute = () => {
    // SQLite has rolled back by itself after some errors (full disk), and then refuses to do it again.
    if (sql === 'rollback' && !connection.inTransaction) return;
    connection.exec(CONTROLS.get(sql) ?? sql);
  };
  return {
    reader: false,
    all: () => [],
    run: () => {
      translateErrors(path, execute);
      return { changes: 0, lastInsertRowid: 0 };
    },
    iterate: () => [].values(),
  };
}

function translateErrors<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error, path);
  }
}

function toStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = error instanceof Database.SqliteError ? error.code : 'SQLITE_CANTOPEN';
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new LedgerConflictError(`A row for the ledger ${path} names another that it does not hold.`, {
      cause: error,
    });
  }
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
  if (remedy === undefined) return error;
  return new StoreUnavailableError(`The ledger ${path} cannot be used: ${error.message} (${code}). ${remedy}`, {
    cause: error,
  });
}

const REMEDIES = [
  [/^SQLITE_(BUSY|LOCKED)/, 'Another process holds its lock; look for one that is stopped in the middle of a write.'],
  [/^SQLITE_FULL/, 'Free space on its disk; nothing of this write was kept.'],
  [/^SQLITE_IOERR/, 'Look at the disk that it is on (space, quota, health); nothing of this write was kept.'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/, 'Its directory must exist and be writable for this user.'],
  [/^SQLITE_(NOTADB|CORRUPT)/, 'Move the file away or choose another store directory.'],
] as const;
