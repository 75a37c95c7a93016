import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { LedgerTransaction } from '../../src/store/ledger/ledger-database.ts';
import type { Ledger } from '../../src/store/store.ts';

/**
 * What version 0.1.0 wrote of a run on cachetools, as `sqlite3 ledger.db .dump` prints it, with the blobs that its bugs,
 * its attempts and its injector's rollout name: one episode with a bug, one that plays a failed attempt at it.
 */
const DIRECTORY = join(import.meta.dirname, 'kept-0.1');

export const KEPT = {
  run: 'kept-2',
  episode: 'kept-2/episode-0',
  injector: 'kept-2/episode-0/injector',
  solver: 'kept-2/episode-0/solver-0',
  bug: 'kept-2/episode-0/bug',
  secondOrderBug: 'kept-2/episode-0/attempt-1/bug',
  secondOrderEpisode: 'kept-2/episode-2',
} as const;

/** By name, a row before those that refer to it. */
const TABLES = ['runs', 'injection_groups', 'episodes', 'rollouts', 'intents', 'turns', 'artifacts', 'checks'].concat([
  'attempts',
  'lineage',
  'rewards',
  'image_indexes',
]);

/** A store of version 0.1 in a directory that is empty. */
export function keepStore(directory: string): void {
  cpSync(join(DIRECTORY, 'blobs'), join(directory, 'blobs'), { recursive: true });
  const database = new Database(join(directory, 'ledger.db'));
  // A dump has its tables in the order of their names.
  database.exec('pragma foreign_keys = off');
  for (const statement of readStatements()) database.exec(statement);
  database.close();
}

/** Its rows alone, for tables that its migrations have made. */
export async function insertKeptRows(transaction: LedgerTransaction): Promise<void> {
  const statements = readStatements();
  for (const table of TABLES) {
    for (const statement of statements.filter((text) => text.startsWith(`INSERT INTO "${table}" `)))
      await sql.raw(statement).execute(transaction);
  }
}

export async function expectKeptRows(ledger: Ledger): Promise<void> {
  expect(await ledger.listRunIds()).toEqual([KEPT.run]);
  const episodes = await ledger.listEpisodes({ runId: KEPT.run });
  expect(new Set(episodes.map(({ episodeId }) => episodeId))).toEqual(new Set([KEPT.episode, KEPT.secondOrderEpisode]));
  const bugs = await ledger.listBugs({ limit: 10 });
  expect(bugs.map(({ artifact, episode }) => [artifact.artifactId, episode?.episodeId])).toEqual([
    [KEPT.secondOrderBug, KEPT.secondOrderEpisode],
    [KEPT.bug, KEPT.episode],
  ]);
  expect((await ledger.listChecks(KEPT.bug)).map(({ verdict }) => verdict)).toEqual(Array(14).fill('passed'));
  expect(await ledger.listAttempts(KEPT.episode)).toHaveLength(2);
  expect(await ledger.listRewards(KEPT.episode)).toMatchObject([
    { role: 'injector', reward: -0.8 },
    { role: 'solver', reward: -1 },
    { role: 'solver', reward: -1 },
  ]);
  const turns = [...(await ledger.readTurns(KEPT.injector)), ...(await ledger.readTurns(KEPT.solver))];
  expect(turns).toHaveLength(13 + 17);
  const tokens = turns.reduce((sum, turn) => sum + turn.promptTokens + turn.completionTokens, 0);
  expect(await ledger.sumUsage(KEPT.run)).toEqual({ tokens, costUsd: 0 });
}

function readStatements(): readonly string[] {
  const dump = readFileSync(join(DIRECTORY, 'ledger.sql'), 'utf8');
  // A text may hold a line break; none of them goes on like a statement.
  return dump.split(/(?<=;)\n(?=(?:INSERT|CREATE|COMMIT)\b)/);
}
