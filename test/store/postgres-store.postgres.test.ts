import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { InvalidConfigError, LedgerConflictError, StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import { createDirectoryBlobs } from '../../src/store/directory-blobs.ts';
import type { LedgerMigrations } from '../../src/store/ledger/migrate-ledger.ts';
import { openPostgresDatabase } from '../../src/store/ledger/postgres-database.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres, type TestPostgres } from '../support/run-postgres.ts';
import { aRun, aSettlement, anEpisode, openAll } from './ledger-builders.ts';
import { describeDatabaseContract } from './database-contract.ts';
import { describeLedgerCosts } from './ledger-costs-contract.ts';
import { commandFor, run } from './run-process.ts';
import { describeSharedStoreContract } from './shared-store-contract.ts';
import { describeStoreContract } from './store-contract.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
// A database a test: together they are files enough to keep a busy disk at work for a while.
afterAll(() => postgres.stop(), 120_000);

const open = (url: string) => openPostgresDatabase({ url, poolSize: 5 });

async function makeStore() {
  const url = await postgres.createDatabase();
  const directory = await temporaryDirectory();
  const openStore = async (): Promise<Store> => {
    const database = await open(url);
    const blobs = await createDirectoryBlobs(directory);
    return { blobs, ledger: createSqlLedger(database), close: () => database.close() };
  };
  return { open: openStore, remove: () => removeDirectory(directory) };
}

describeStoreContract('a store with its ledger in Postgres', makeStore);
describeSharedStoreContract('a store with its ledger in Postgres', makeStore);
async function makeDatabase() {
  const url = await postgres.createDatabase();
  return {
    open: (migrations?: LedgerMigrations) => openPostgresDatabase({ url, poolSize: 5 }, migrations),
    place: url.replace(/postgres:\/\/.*@/, 'postgres://'),
    remove: () => Promise.resolve(),
  };
}

describeDatabaseContract('Postgres', makeDatabase);
describeLedgerCosts('Postgres', makeDatabase);

describe('the Postgres ledger and its processes', () => {
  let url: string;
  beforeEach(async () => {
    url = await postgres.createDatabase();
  });

  it('lets processes make it at once, and gives each of their claims an epoch of its own', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => run(commandFor('claim-rollout.ts', url))));
    expect(outcomes.map(({ stderr }) => stderr)).toEqual(['', '', '', '']);
    const epochs = outcomes.flatMap(({ stdout }): unknown => JSON.parse(stdout));
    expect(new Set(epochs)).toEqual(new Set(Array.from({ length: 400 }, (_, index) => index + 1)));
  });

  it('settles many episodes at once over few connections', async () => {
    const database = await openPostgresDatabase({ url, poolSize: 2 });
    const ledger = createSqlLedger(database);
    await openAll(ledger);
    const episodes = Array.from({ length: 200 }, (_, index) => `episode-${index}`);
    await Promise.all(episodes.map((episodeId) => ledger.openEpisode(anEpisode({ episodeId }))));
    await Promise.all(
      episodes.map((episodeId) => ledger.settleEpisode(aSettlement({ episode: { episodeId }, rewards: [] }))),
    );
    expect((await ledger.listEpisodes({})).filter(({ outcome }) => outcome !== null)).toHaveLength(200);
    const held = await postgres.query(url, "select 1 from pg_stat_activity where application_name = 'selfplay'");
    expect(held).toHaveLength(2);
    await database.close();
  });
});

describe('a Postgres server in trouble', () => {
  it('that ends every connection is written to over new ones', async () => {
    const url = await postgres.createDatabase();
    const database = await open(url);
    const ledger = createSqlLedger(database);
    await ledger.openRun(aRun());
    await postgres.query(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'selfplay'",
    );
    await ledger.openRun(aRun({ runId: 'second' }));
    expect(await ledger.listRunIds()).toHaveLength(2);
    await database.close();
  });

  it('that restarts is waited for', async () => {
    const url = await postgres.createDatabase();
    const database = await open(url);
    const ledger = createSqlLedger(database);
    await ledger.openRun(aRun());
    await postgres.kill();
    const opening = ledger.openRun(aRun({ runId: 'second' }));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await postgres.start();
    await opening;
    expect(await ledger.listRunIds()).toHaveLength(2);
    await database.close();
  });

  it('that stays away is unavailable, by its place and without its password', async () => {
    const url = `postgres://postgres:secret@127.0.0.1:1/ledger`;
    const opening = open(url);
    await expect(opening).rejects.toThrow(StoreUnavailableError);
    await expect(opening).rejects.toThrow(
      'The ledger postgres://127.0.0.1:1/ledger does not answer: connect ECONNREFUSED 127.0.0.1:1. Look',
    );
    await expect(opening).rejects.not.toThrow('secret');
  });

  it.each([
    [
      'a wrong password',
      (url: string) => url.replace(/:[^:@]*@/, ':wrong@'),
      /password authentication failed.*user or/,
    ],
    ['a database that is not there', (url: string) => `${url}_missing`, /does not exist.*createdb/],
  ])('refused for %s is a matter of configuration', async (_what, change, problem) => {
    const opening = open(change(await postgres.createDatabase()));
    await expect(opening).rejects.toThrow(InvalidConfigError);
    await expect(opening).rejects.toThrow(problem);
  });

  it('that takes no writes keeps nothing and says so', async () => {
    const url = await postgres.createDatabase('read_only');
    const before = await open(url);
    await postgres.query(url, 'alter database read_only set default_transaction_read_only = on');
    await before.close();
    const database = await open(url);
    const opening = createSqlLedger(database).openRun(aRun());
    await expect(opening).rejects.toThrow(StoreUnavailableError);
    await expect(opening).rejects.toThrow('read-only transaction (25006)');
    await database.close();
  });

  it('gives a transaction that others deadlocked another try', async () => {
    const database = await open(await postgres.createDatabase());
    const ledger = createSqlLedger(database);
    await openAll(ledger);
    await ledger.openRun(aRun({ runId: 'second' }));
    const crossing = (first: string, second: string) =>
      database.write(async (transaction) => {
        for (const runId of [first, second]) {
          await transaction.updateTable('runs').set({ outcome: 'completed' }).where('runId', '=', runId).execute();
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
      });
    await Promise.all([crossing('run', 'second'), crossing('second', 'run')]);
    for (const runId of ['run', 'second']) expect(await ledger.findRun(runId)).toMatchObject({ outcome: 'completed' });
    await database.close();
  });

  it('is no excuse for a row that names another which is not there', async () => {
    const database = await open(await postgres.createDatabase());
    const opening = createSqlLedger(database).openEpisode(anEpisode());
    await expect(opening).rejects.toThrow(LedgerConflictError);
    await database.close();
  });
});
