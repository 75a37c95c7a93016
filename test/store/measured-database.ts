import { createQueryId, type CompiledQuery, type KyselyPlugin, type QueryId, type RootOperationNode } from 'kysely';
import { openSqliteDatabase } from '../../src/store/ledger/sqlite-database.ts';
import type { LedgerDatabase } from '../../src/store/ledger/ledger-database.ts';

/** What a piece of work asked a database for. */
export interface Cost {
  readonly statements: number;
  readonly rows: number;
  /** Of the rows, as JSON. */
  readonly bytes: number;
  /** The tables that were looked into. */
  readonly tables: readonly string[];
}

export interface MeasuredDatabase {
  readonly database: LedgerDatabase;
  /** What the work cost. */
  measure(work: () => Promise<unknown>): Promise<Cost>;
  /**
   * Where the work goes through a whole table, as SQLite plans it: what a statement looks at, and throws away, is in no
   * count of rows.
   */
  findScans(work: () => Promise<unknown>): Promise<readonly string[]>;
}

/** A database that tells what is read from it. */
export function measureDatabase(inner: LedgerDatabase): MeasuredDatabase {
  // Some are built once and executed again and again.
  const built = new WeakMap<QueryId, RootOperationNode>();
  let statements: RootOperationNode[] = [];
  let read: string[] = [];
  const meter: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      built.set(queryId, node);
      return node;
    },
    transformResult: ({ result, queryId }) => {
      const statement = built.get(queryId);
      if (statement) statements.push(statement);
      read.push(...result.rows.map((row) => JSON.stringify(row)));
      return Promise.resolve(result);
    },
  };
  const database: LedgerDatabase = {
    ...inner,
    queries: inner.queries.withPlugin(meter),
    write: (work) => inner.write((transaction) => work(transaction.withPlugin(meter))),
  };
  const during = async (work: () => Promise<unknown>) => {
    [statements, read] = [[], []];
    await work();
  };
  const compiled = () =>
    statements.map((statement) => inner.queries.getExecutor().compileQuery(statement, createQueryId()));
  return {
    database,
    measure: async (work) => {
      await during(work);
      const tables = compiled().flatMap(({ sql }) =>
        [...sql.matchAll(/(?:from|join|into) "(\w+)"/g)].map(([, name]) => name),
      );
      return {
        statements: statements.length,
        rows: read.length,
        bytes: read.reduce((sum, row) => sum + row.length, 0),
        tables: [...new Set(tables.flatMap((name) => name ?? []))].sort(),
      };
    },
    findScans: async (work) => {
      await during(work);
      return findScans(compiled());
    },
  };
}

/** By the plans for an empty ledger: with nothing known of how much is in it, an index is taken wherever there is one. */
async function findScans(queries: readonly CompiledQuery[]): Promise<readonly string[]> {
  const { queries: empty, close } = await openSqliteDatabase(':memory:');
  const scans: string[] = [];
  for (const query of queries) {
    const { rows } = await empty
      .withoutPlugins()
      .executeQuery<{ detail: string }>({ ...query, parameters: [], sql: `explain query plan ${query.sql}` });
    for (const { detail } of rows) if (/^SCAN (?!\d+ CONSTANT)/.test(detail)) scans.push(`${detail}: ${query.sql}`);
  }
  await close();
  return scans;
}
