import { beforeAll, describe, expect, it } from 'vitest';
import { readPlayed } from '../../src/cli/records/played-episodes.ts';
import { createRunReader } from '../../src/cli/run/run-snapshot.ts';
import type { LedgerDatabase } from '../../src/store/ledger/ledger-database.ts';
import { createSqlLedger } from '../../src/store/sql-ledger.ts';
import type { Ledger } from '../../src/store/store.ts';
import {
  aReply,
  aReward,
  aRollout,
  aSettlement,
  anArtifact,
  anEpisode,
  openAll,
  recordArtifact,
} from './ledger-builders.ts';
import { measureDatabase, type Cost } from './measured-database.ts';

interface DatabaseToMeasure {
  readonly open: () => Promise<LedgerDatabase>;
  readonly remove: () => Promise<void>;
}

/** Episodes of the run when it is looked at first, and when it is looked at again. */
const [EARLY, LATE] = [4, 20];

type Question = (ledger: Ledger, time: 'early' | 'late') => Promise<unknown>;

/** What is asked again and again as a run goes on, and the rows that an answer takes. */
const QUESTIONS: Readonly<Record<string, { readonly ask: Question; readonly rows: number }>> = {
  'what a run has used up': { ask: (ledger) => ledger.sumUsage('run'), rows: 1 },
  'the library, about a bug that is like one': { ask: (ledger) => ledger.listLibrary(bugLike(0, 'bug')), rows: 1 },
  'the library, about a bug that is like none': { ask: (ledger) => ledger.listLibrary(bugLike(3, 'bug')), rows: 0 },
  'a few bugs and their episodes': { ask: (ledger) => ledger.listBugs({ runId: 'run', limit: 3 }), rows: 6 },
  'a page of artifacts': { ask: (ledger) => ledger.listArtifactIds({ limit: 3 }), rows: 3 },
  'the newest episodes and what they paid': {
    ask: (ledger) => readPlayed(ledger, { runId: 'run', limit: 3 }),
    rows: 6,
  },
  'who plays a bug of second order': {
    ask: (ledger) => ledger.listEpisodes({ parentArtifactId: 'bug-0', limit: 1 }),
    rows: 0,
  },
};

/**
 * What is asked of the ledger again and again costs the same late in a run as early: told by the statements and rows
 * that it takes.
 */
export function describeLedgerCosts(dialect: string, makeDatabase: () => Promise<DatabaseToMeasure>): void {
  describe(`the cost of a long run in ${dialect}`, () => {
    const costs = { early: new Map<string, Cost>(), late: new Map<string, Cost>() };
    let looks: readonly { readonly episodes: number; readonly cost: Cost }[];
    let usage: Awaited<ReturnType<Ledger['sumUsage']>>;

    beforeAll(async () => {
      const toMeasure = await makeDatabase();
      const database = await toMeasure.open();
      const { database: measured, measure } = measureDatabase(database);
      const ledger = createSqlLedger(measured);
      const look = async () => {
        for (const [name, { ask }] of Object.entries(QUESTIONS))
          costs[time].set(name, await measure(() => ask(ledger, time)));
        const admitted = await measure(() => recordArtifact(ledger, bugLike(1, time)));
        costs[time].set('a verdict on a bug that is like one', admitted);
        const read = createRunReader(ledger, 'run');
        const whole = await read();
        const cost = await measure(read);
        // What it does not ask for again it has not forgotten.
        expect(await read()).toEqual(whole);
        return { episodes: whole.episodes.length, cost };
      };
      let time: 'early' | 'late' = 'early';
      await openAll(ledger);
      await recordArtifact(ledger, bugLike(0, 'a twin'));
      await playEpisodes(ledger, 0, EARLY);
      const early = await look();
      time = 'late';
      await playEpisodes(ledger, EARLY, LATE);
      looks = [early, await look()];
      usage = await ledger.sumUsage('run');
      await database.close();
      await toMeasure.remove();
      // Two dozen episodes are some 200 transactions, each a write to the disk.
    }, 120_000);

    it.each(Object.entries(QUESTIONS))('stays the same for %s', (name, { rows }) => {
      expect(costs.early.get(name)).toMatchObject({ rows });
      const { statements } = costs.early.get(name) ?? {};
      expect(costs.late.get(name)).toMatchObject({ statements, rows });
    });

    it('stays the same for a verdict, with the bugs that it is held against', () => {
      const name = 'a verdict on a bug that is like one';
      const { statements, rows } = costs.early.get(name) ?? {};
      // Its twin of the first look is there the second time.
      expect(costs.late.get(name)).toMatchObject({ statements, rows: Number(rows) + 1 });
    });

    it('stays the same for each look at a run but the first', () => {
      const [early, late] = looks;
      expect([early?.episodes, late?.episodes]).toEqual([EARLY + 1, LATE + 1]);
      expect(late?.cost).toEqual(early?.cost);
    });

    it('leaves the turns alone for what a run has used up, and nothing out', () => {
      expect(costs.late.get('what a run has used up')?.tables).toEqual(['run_usage']);
      expect(usage).toEqual({ tokens: LATE * 2 * 1050, costUsd: expect.closeTo(LATE * 2 * 0.0125, 9) as number });
    });
  });
}

/** Shares its lines with the bug of that number, and with no other. */
function bugLike(index: number, name = 'judged') {
  const sketch = Array.from({ length: 16 }, (_, line) => String(index * 16 + line).padStart(12, '0'));
  const artifactId = `${name}-${index}`;
  return anArtifact({ artifactId, treeHash: artifactId, bugHash: artifactId, sketch });
}

async function playEpisodes(ledger: Ledger, from: number, to: number): Promise<void> {
  await Promise.all(Array.from({ length: to - from }, (_, index) => playEpisode(ledger, from + index)));
}

/** Two turns of a solver at a bug that is like no other, and its end, long before anybody looks. */
async function playEpisode(ledger: Ledger, index: number): Promise<void> {
  const [episodeId, rolloutId] = [`episode-${index}`, `rollout-${index}`];
  await ledger.openEpisode(anEpisode({ episodeId }));
  await ledger.openRollout(aRollout({ episodeId, rolloutId }));
  const epoch = await ledger.claimRollout(rolloutId, 'sandbox');
  for (const turn of [0, 1]) await ledger.recordReply(aReply({ rolloutId, turn, epoch }));
  const bug = { ...bugLike(index, 'bug'), episodeId };
  await recordArtifact(ledger, bug);
  const settled = { episodeId, artifactId: bug.artifactId };
  await ledger.settleEpisode(aSettlement({ episode: settled, rewards: [aReward({ episodeId, rolloutId })] }));
}
