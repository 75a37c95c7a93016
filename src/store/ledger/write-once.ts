import type { InsertQueryBuilder, InsertResult } from 'kysely';
import { LedgerConflictError } from '../../domain/failure/errors.ts';
import type { LedgerTables } from './ledger-tables.ts';
import { toStorable } from './storable-text.ts';

/**
 * Inserts a row unless its business key is taken; `said` is what the row that is there must agree with. Times and
 * measurements differ between a write and its repetition, so callers leave them out, and the first ones stay.
 */
export async function writeOnce<Table extends keyof LedgerTables>(
  insert: InsertQueryBuilder<LedgerTables, Table, InsertResult>,
  row: { readonly name: string; readonly said: object; readonly find: () => Promise<object | undefined> },
): Promise<void> {
  // With no target named, the clause holds for every unique constraint and reads the same in SQLite and Postgres.
  const { numInsertedOrUpdatedRows } = await insert
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows) return;
  requireSame(row.name, { said: row.said, kept: await row.find() });
}

export function requireSame(
  name: string,
  { said, kept }: { readonly said: object; readonly kept: object | undefined },
): void {
  const held = new Map<string, unknown>(Object.entries(kept ?? {}));
  const differences = Object.entries(said)
    // A repetition says what the first write said, not what the database could keep of it.
    .filter(([key, value]) => held.get(key) !== toStorable(value))
    .map(([key, value]) => `${key} is ${JSON.stringify(held.get(key))}, not ${JSON.stringify(value)}`);
  if (differences.length === 0) return;
  throw new LedgerConflictError(`The ledger already holds another ${name}: ${differences.join('; ')}.`);
}

/** A write about a row that nothing opened. */
export function missingRow(name: string): LedgerConflictError {
  return new LedgerConflictError(`The ledger has no ${name}; it must be opened before anything is said about it.`);
}
