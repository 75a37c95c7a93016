import type Database from 'libsql';

type Statement = Database.Statement;

/** Statements of one connection, which are compiled once. */
export interface RememberedStatements {
  prepare(sql: string): Statement;
  forget(sql: string): void;
}

/** The ledger has some hundred statements; those with a list in them come in as many forms as there are lengths. */
const MOST_STATEMENTS = 200;

/**
 * Keeps the statements that were used last. SQLite takes three times as long to compile a statement of the journal as to
 * execute it, and compiles by itself anew when tables have changed.
 */
export function rememberStatements(compile: (sql: string) => Statement): RememberedStatements {
  // In the order of their last use.
  const statements = new Map<string, Statement>();
  return {
    prepare: (sql) => {
      const statement = statements.get(sql) ?? compile(sql);
      statements.delete(sql);
      statements.set(sql, statement);
      const [oldest] = statements.keys();
      if (statements.size > MOST_STATEMENTS && oldest !== undefined) statements.delete(oldest);
      return statement;
    },
    forget: (sql) => {
      statements.delete(sql);
    },
  };
}
