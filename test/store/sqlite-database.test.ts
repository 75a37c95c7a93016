import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import { openSqliteDatabase } from '../../src/store/ledger/sqlite-database.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import { describeDatabaseContract } from './database-contract.ts';
import { aRun } from './ledger-builders.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

describeDatabaseContract('SQLite', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'ledger.db');
  return {
    open: (migrations) => openSqliteDatabase(path, migrations),
    place: path,
    remove: () => removeDirectory(directory),
  };
});

describe('the SQLite database of the ledger', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    path = join(directory, 'ledger.db');
  });
  afterEach(() => removeDirectory(directory));

  it('waits for a writer of another process without holding up its own', async () => {
    const database = await openSqliteDatabase(path);
    const other = new Database(path);
    other.exec('begin immediate');
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const opening = createSqlLedger(database).openRun(aRun());
    await new Promise((resolve) => setTimeout(resolve, 700));
    other.exec('commit');
    await opening;
    clearInterval(ticking);
    other.close();
    expect(ticks).toBeGreaterThan(5);
    expect(await createSqlLedger(database).findRun('run')).toBeDefined();
    await database.close();
  });

  it('lets no other connection write between what a transaction reads and what it writes', async () => {
    const database = await openSqliteDatabase(path);
    await createSqlLedger(database).openRun(aRun());
    const other = new Database(path);
    await database.write(async (transaction) => {
      await transaction.selectFrom('runs').selectAll().execute();
      expect(() => other.exec('update runs set seed = 1')).toThrow('database is locked');
      await transaction.updateTable('runs').set({ seed: 2 }).execute();
    });
    expect(await createSqlLedger(database).findRun('run')).toMatchObject({ seed: 2 });
    other.close();
    await database.close();
  });

  it('shows what was written to a reader while another process writes', async () => {
    const database = await openSqliteDatabase(path);
    await createSqlLedger(database).openRun(aRun());
    const other = new Database(path);
    other.exec('begin immediate');
    expect(await createSqlLedger(database).listRuns()).toHaveLength(1);
    other.exec('rollback');
    other.close();
    await database.close();
  });

  it.each([
    [
      'a file that is no database',
      (at: string) => writeFile(at, 'not a database at all, but long enough to be read\n'.repeat(40)),
    ],
    ['a directory', (at: string) => mkdir(at)],
  ])('names %s in its way, and the way out', async (_what, obstruct) => {
    await obstruct(path);
    const opening = openSqliteDatabase(path);
    await expect(opening).rejects.toThrow(StoreUnavailableError);
    await expect(opening).rejects.toThrow(new RegExp(`^The ledger ${path} cannot be used: .*[.] [A-Z].*[.]$`));
  });
});
