import Database from 'libsql';
import pg from 'pg';
import { z } from 'zod';

import { TABLES, type LedgerTables, type Row, type TableName } from './evidence.ts';

/** Rows of a statement, whatever database answers it. */
type Query = (statement: string) => Promise<readonly unknown[]>;

export async function readPostgresLedger(url: string): Promise<LedgerTables> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await readTables(async (statement) => (await client.query<Record<string, unknown>>(statement)).rows);
  } finally {
    await client.end();
  }
}

export async function readSqliteLedger(file: string): Promise<LedgerTables> {
  const database = new Database(file, { readonly: true });
  try {
    return await readTables((statement) => Promise.resolve(database.prepare(statement).all()));
  } finally {
    database.close();
  }
}

async function readTables(query: Query): Promise<LedgerTables> {
  const read = async <Name extends TableName>(name: Name): Promise<readonly Row<Name>[]> => {
    const rows = z.array<(typeof TABLES)[Name]>(TABLES[name]);
    return rows.parse(await query(`select * from ${name}`));
  };
  return {
    runs: await read('runs'),
    injection_groups: await read('injection_groups'),
    episodes: await read('episodes'),
    rollouts: await read('rollouts'),
    intents: await read('intents'),
    turns: await read('turns'),
    repeats: await read('repeats'),
    artifacts: await read('artifacts'),
    attempts: await read('attempts'),
    rewards: await read('rewards'),
  };
}
