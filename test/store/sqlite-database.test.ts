import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidConfigError, StoreUnavailableError } from '../../src/domain/errors.ts';
import { LEDGER_MIGRATIONS } from '../../src/store/ledger/migrations/ledger-migrations.ts';
import { openSqliteDatabase } from '../../src/store/ledger/sqlite-database.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import { aRun, openAll } from './ledger-builders.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

describe('the SQLite database of the ledger', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    path = join(directory, 'ledger.db');
  });
  afterEach(() => removeDirectory(directory));

  const newerMigrations = {
    ...LEDGER_MIGRATIONS,
    '9999-notes': {
      up: async (database: Parameters<(typeof LEDGER_MIGRATIONS)[string]['up']>[0]) => {
        await database.schema.alterTable('runs').addColumn('note', 'text').execute();
      },
    },
  };

  it('keeps what an older version wrote when it is migrated', async () => {
    const older = await openSqliteDatabase(path);
    await openAll(createSqlLedger(older));
    await older.close();
    const newer = await openSqliteDatabase(path, newerMigrations);
    expect(await createSqlLedger(newer).findRun('run')).toMatchObject({ ...aRun(), note: null });
    await newer.close();
  });

  it('refuses what a newer version made, and leaves it as it is', async () => {
    await (await openSqliteDatabase(path, newerMigrations)).close();
    const opening = openSqliteDatabase(path);
    await expect(opening).rejects.toThrow(InvalidConfigError);
    await expect(opening).rejects.toThrow(`${path} was made by a newer version of selfplay (it has 9999-notes). Run`);
    await (await openSqliteDatabase(path, newerMigrations)).close();
  });

  it('leaves nothing of a migration that fails', async () => {
    const broken = {
      ...LEDGER_MIGRATIONS,
      '9999-broken': {
        up: async (database: Parameters<(typeof LEDGER_MIGRATIONS)[string]['up']>[0]) => {
          await database.schema.alterTable('runs').addColumn('note', 'text').execute();
          await sql`select * from nowhere`.execute(database);
        },
      },
    };
    await expect(openSqliteDatabase(path, broken)).rejects.toThrow('nowhere');
    await (await openSqliteDatabase(path, newerMigrations)).close();
  });

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

  it('finishes the writes under way when it is closed', async () => {
    const database = await openSqliteDatabase(path);
    const opening = createSqlLedger(database).openRun(aRun());
    await database.close();
    await opening;
    const again = await openSqliteDatabase(path);
    expect(await createSqlLedger(again).listRuns()).toHaveLength(1);
    await again.close();
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
