import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import type { LedgerDatabase } from '../../src/store/ledger/ledger-database.ts';
import type { LedgerMigrations } from '../../src/store/ledger/migrate-ledger.ts';
import { LEDGER_MIGRATIONS } from '../../src/store/ledger/migrations/ledger-migrations.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import { expectKeptRows, insertKeptRows, KEPT } from './kept-ledger.ts';
import { aReply, aRun, openAll } from './ledger-builders.ts';

interface DatabaseUnderTest {
  /** Opens the same empty database, with the migrations of this version or others. */
  readonly open: (migrations?: LedgerMigrations) => Promise<LedgerDatabase>;
  /** As messages name it. */
  readonly place: string;
  readonly remove: () => Promise<void>;
}

type Database = Parameters<LedgerMigrations[string]['up']>[0];

const newerMigrations: LedgerMigrations = {
  ...LEDGER_MIGRATIONS,
  '9999-notes': {
    up: async (database: Database) => {
      await database.schema.alterTable('runs').addColumn('note', 'text').execute();
    },
  },
};

/** What the database of every dialect owes to a ledger that outlives versions of the code. */
export function describeDatabaseContract(dialect: string, makeDatabase: () => Promise<DatabaseUnderTest>): void {
  describe(`the ${dialect} database of the ledger, by the contract of databases`, () => {
    let underTest: DatabaseUnderTest;
    beforeEach(async () => {
      underTest = await makeDatabase();
    });
    afterEach(() => underTest.remove());

    it('keeps what an older version wrote when it is migrated', async () => {
      const older = await underTest.open();
      await openAll(createSqlLedger(older));
      await older.close();
      const newer = await underTest.open(newerMigrations);
      expect(await createSqlLedger(newer).findRun('run')).toMatchObject({ ...aRun(), note: null });
      await newer.close();
    });

    it('opens a ledger of version 0.1 with all that it holds, and goes on with it', async () => {
      const released = ['0001-initial-tables', '0002-audits', '0003-artifact-library', '0004-artifact-images'];
      const older = await underTest.open(
        Object.fromEntries(Object.entries(LEDGER_MIGRATIONS).filter(([name]) => released.includes(name))),
      );
      await older.write((transaction) => insertKeptRows(transaction));
      await older.close();
      const newer = await underTest.open();
      const ledger = createSqlLedger(newer);
      await expectKeptRows(ledger);
      const before = await ledger.sumUsage(KEPT.run);
      const epoch = await ledger.claimRollout(KEPT.injector, 'sandbox');
      await ledger.recordReply(aReply({ rolloutId: KEPT.injector, turn: 99, epoch }));
      expect(await ledger.sumUsage(KEPT.run)).toMatchObject({ tokens: before.tokens + 1050 });
      await newer.close();
    });

    it('refuses what a newer version made, and leaves it as it is', async () => {
      await (await underTest.open(newerMigrations)).close();
      const opening = underTest.open();
      await expect(opening).rejects.toThrow(InvalidConfigError);
      await expect(opening).rejects.toThrow(
        `${underTest.place} was made by a newer version of selfplay (it has 9999-notes). Run`,
      );
      await (await underTest.open(newerMigrations)).close();
    });

    it('leaves nothing of a migration that fails', async () => {
      const broken: LedgerMigrations = {
        ...LEDGER_MIGRATIONS,
        '9999-broken': {
          up: async (database: Database) => {
            await database.schema.alterTable('runs').addColumn('note', 'text').execute();
            await sql`select * from nowhere`.execute(database);
          },
        },
      };
      await expect(underTest.open(broken)).rejects.toThrow('nowhere');
      await (await underTest.open(newerMigrations)).close();
    });

    it('lets no other writer between what a transaction reads for itself and what it writes', async () => {
      const [one, other] = [await underTest.open(), await underTest.open()];
      await openAll(createSqlLedger(one));
      const addTen = (database: LedgerDatabase) =>
        database.write(async (transaction) => {
          const { seed } = await transaction
            .selectFrom('runs')
            .select('seed')
            .$if(database.locksRows, (query) => query.forUpdate())
            .executeTakeFirstOrThrow();
          await transaction
            .updateTable('runs')
            .set({ seed: (seed % 1000) + 10 })
            .execute();
        });
      await one.write((transaction) => transaction.updateTable('runs').set({ seed: 0 }).execute());
      await Promise.all(Array.from({ length: 20 }, (_, index) => addTen(index % 2 === 0 ? one : other)));
      expect(await createSqlLedger(one).findRun('run')).toMatchObject({ seed: 200 });
      await Promise.all([one.close(), other.close()]);
    });

    it('finishes the writes under way when it is closed', async () => {
      const database = await underTest.open();
      const opening = createSqlLedger(database).openRun(aRun());
      await database.close();
      await opening;
      const again = await underTest.open();
      expect(await createSqlLedger(again).listRunIds()).toHaveLength(1);
      await again.close();
    });
  });
}
