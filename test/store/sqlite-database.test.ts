import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerConflictError, StoreUnavailableError } from '../../src/domain/failure/errors.ts';
import type { LedgerMigrations } from '../../src/store/ledger/migrate-ledger.ts';
import { openSqliteDatabase } from '../../src/store/ledger/sqlite-database.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import type { Ledger } from '../../src/store/store.ts';
import { describeDatabaseContract } from './database-contract.ts';
import {
  AT,
  aCheck,
  anArtifact,
  anAttempt,
  anEpisode,
  anObservation,
  aReply,
  aRun,
  aSettlement,
  openAll,
  recordArtifact,
} from './ledger-builders.ts';
import { describeLedgerCosts } from './ledger-costs-contract.ts';
import { measureDatabase } from './measured-database.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

async function makeDatabase() {
  const directory = await temporaryDirectory();
  const path = join(directory, 'ledger.db');
  return {
    open: (migrations?: LedgerMigrations) => openSqliteDatabase(path, migrations),
    place: path,
    remove: () => removeDirectory(directory),
  };
}

describeDatabaseContract('SQLite', makeDatabase);
describeLedgerCosts('SQLite', makeDatabase);

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

  it('keeps of writes that come at once all but those that throw', async () => {
    const database = await openSqliteDatabase(path);
    const ledger = createSqlLedger(database);
    await openAll(ledger);
    const epoch = await ledger.claimRollout('rollout', 'sandbox');
    const replies = [0, 1, 2, 3].map((turn) =>
      ledger.recordReply(aReply({ turn, epoch: turn === 2 ? epoch - 1 : epoch })),
    );
    const before = await ledger.sumUsage('run');
    expect((await Promise.allSettled(replies)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await ledger.readTurns('rollout')).map(({ turn }) => turn)).toEqual([0, 1, 3]);
    expect((await ledger.sumUsage('run')).tokens - before.tokens).toBe(3 * 1050);
    await database.close();
  });

  it('goes on with a statement that failed, and with one that tables have changed under', async () => {
    const database = await openSqliteDatabase(path);
    const ledger = createSqlLedger(database);
    await expect(ledger.openEpisode(anEpisode())).rejects.toThrow(LedgerConflictError);
    await openAll(ledger);
    await ledger.openEpisode(anEpisode());
    const before = await ledger.findRun('run');
    const other = new Database(path);
    other.exec('alter table runs add column note text');
    other.close();
    expect(await ledger.findRun('run')).toEqual({ ...before, note: null });
    await database.close();
  });

  it('shows what was written to a reader while another process writes', async () => {
    const database = await openSqliteDatabase(path);
    await createSqlLedger(database).openRun(aRun());
    const other = new Database(path);
    other.exec('begin immediate');
    expect(await createSqlLedger(database).listRunIds()).toHaveLength(1);
    other.exec('rollback');
    other.close();
    await database.close();
  });

  it('finds by an index whatever an episode asks for again and again', async () => {
    const database = await openSqliteDatabase(path);
    const measured = measureDatabase(database);
    const ledger = createSqlLedger(measured.database);
    await openAll(ledger);
    const episodeId = 'episode';
    const asked: Partial<Record<keyof Ledger, () => Promise<unknown>>> = {
      claimRollout: () => ledger.claimRollout('rollout', 'sandbox'),
      recordIntent: () => ledger.recordIntent({ rolloutId: 'rollout', turn: 0, epoch: 1, at: AT }),
      recordReply: () => ledger.recordReply(aReply()),
      recordObservation: () => ledger.recordObservation(anObservation()),
      readTurns: () => ledger.readTurns('rollout'),
      sumUsage: () => ledger.sumUsage('run'),
      admitArtifact: () => recordArtifact(ledger, anArtifact(), [aCheck()]),
      listLibrary: () => ledger.listLibrary(anArtifact()),
      findArtifactByTree: () =>
        ledger.findArtifactByTree({ subject: 'toolz', image: 'image', treeHash: 'tree', notArtifactId: 'other' }),
      findArtifactByContent: () => ledger.findArtifactByContent('content'),
      listSecondOrder: () => ledger.listSecondOrder('artifact'),
      findRevalidation: () => ledger.findRevalidation({ artifactId: 'artifact', validatorVersion: '2' }),
      listRevalidations: () => ledger.listRevalidations('artifact'),
      listChecks: () => ledger.listChecks('artifact'),
      recordAttempt: () => ledger.recordAttempt(anAttempt()),
      listAttempts: () => ledger.listAttempts(episodeId),
      listRollouts: () => ledger.listRollouts(episodeId),
      countTurns: () => ledger.countTurns(episodeId),
      settleEpisode: () => ledger.settleEpisode(aSettlement()),
      listRewards: () => ledger.listRewards(episodeId),
      listInjectionGroup: () => ledger.listInjectionGroup('group'),
      listEpisodes: () => ledger.listEpisodes({ runId: 'run', inFlightSince: AT }),
      listRewardsOf: () => ledger.listRewardsOf({ runId: 'run', inFlightSince: AT }),
      listStandings: () => ledger.listStandings('run'),
      listBugs: () => ledger.listBugs({ runId: 'run', limit: 5 }),
    };
    const scans: Record<string, readonly string[]> = {};
    for (const [name, ask] of Object.entries(asked)) scans[name] = await measured.findScans(ask);
    expect(scans).toEqual(Object.fromEntries(Object.keys(asked).map((name) => [name, []])));
    // The very same look finds one where there is one.
    expect(await measured.findScans(() => ledger.listRunIds())).toHaveLength(1);
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
