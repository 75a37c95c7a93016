import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'libsql';

import { createFileStore } from '../../../src/store/file-store.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  anArtifact,
  anAttempt,
  anEpisode,
  anInjectionGroup,
  anObservation,
  aReply,
  aReward,
  aRollout,
  aRun,
  aSettlement,
  AT,
  recordArtifact,
} from '../../store/ledger-builders.ts';
import type { CommandTrace, Evidence, Execution, ModelCall } from './evidence.ts';
import { readContent } from './read-content.ts';
import { readSqliteLedger } from './read-ledger.ts';
import { referenceOf } from './verdicts-changed.ts';

export const EPISODE = 'run/episode-0';
export const INJECTOR = `${EPISODE}/injector`;
const SOLVER = `${EPISODE}/solver-0`;

/** A run without a flaw, in a real ledger, to plant flaws in. */
export interface CleanRun extends Disposable {
  /** Changes the ledger behind the back of everybody. */
  plant(...statements: readonly string[]): void;
  /** Spoils the blob that the statement names. */
  removeBlobs(): void;
  evidence(): Promise<Evidence>;
}

export async function createCleanRun(): Promise<CleanRun> {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-audit-'));
  const store = await createFileStore({ directory });
  await play(store);
  await store.close();
  const file = join(directory, 'ledger.db');
  const clean = await readSqliteLedger(file);
  return {
    plant: (...statements) => {
      const database = new Database(file);
      database.exec('pragma foreign_keys = off');
      for (const statement of statements) database.exec(statement);
      database.close();
    },
    removeBlobs: () => {
      const blobs = join(directory, 'blobs');
      for (const folder of readdirSync(blobs)) rmSync(join(blobs, folder), { recursive: true });
    },
    evidence: async () => {
      const ledger = await readSqliteLedger(file);
      const content = await readContent(ledger, join(directory, 'blobs'));
      const logs = { executions: EXECUTIONS, calls: CALLS, traces: TRACES };
      return { ledger, content, ...logs, reference: referenceOf(clean), cancelledRuns: new Set(), remains: [] };
    },
    [Symbol.dispose]: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One episode: the injector runs commands in the turns 0, 1 and 2, with a snapshot after turn 0; in turn 1 its sandbox is lost, and a reply. */
async function play(store: Store): Promise<void> {
  const { ledger } = store;
  await ledger.openRun(aRun());
  await ledger.openInjectionGroup(anInjectionGroup({ size: 1 }));
  await ledger.openEpisode(anEpisode({ episodeId: EPISODE }));
  await playInjector(store);
  const put = (text: string) => store.blobs.put(Buffer.from(text));
  const [content, facts] = [await put('the five files'), await put('what was found out')];
  const artifact = anArtifact({ artifactId: `${EPISODE}/bug`, episodeId: EPISODE, content, facts });
  await recordArtifact(ledger, artifact);
  await ledger.openRollout(aRollout({ rolloutId: SOLVER, episodeId: EPISODE }));
  await close(store, SOLVER);
  const attempt = { attemptId: `${EPISODE}/attempt-0`, episodeId: EPISODE, artifactId: `${EPISODE}/bug` };
  const found = { patch: await put('a patch'), report: await put('a report'), outcome: 'solved' } as const;
  await ledger.recordAttempt(anAttempt({ ...attempt, rolloutId: SOLVER, ...found }));
  const rewards = [
    aReward({ episodeId: EPISODE, role: 'injector', rolloutId: INJECTOR, reward: 0.1, advantage: null }),
    aReward({ episodeId: EPISODE, rolloutId: SOLVER, reward: 1, advantage: 0 }),
  ];
  await ledger.settleEpisode(aSettlement({ episode: { episodeId: EPISODE, artifactId: `${EPISODE}/bug` }, rewards }));
  await ledger.settleInjectionGroup({
    groupId: 'group',
    settledAt: AT,
    advantages: [{ rolloutId: INJECTOR, advantage: 0 }],
  });
  await ledger.closeRun({ runId: 'run', outcome: 'completed', endedAt: AT });
}

async function playInjector(store: Store): Promise<void> {
  const { ledger, blobs } = store;
  const putJson = (value: unknown) => blobs.put(Buffer.from(JSON.stringify(value)));
  await ledger.openRollout(aRollout({ rolloutId: INJECTOR, episodeId: EPISODE, role: 'injector' }));
  let epoch = await ledger.claimRollout(INJECTOR, 'sandbox');
  for (const [turn, call] of ['call-0', 'call-2', 'call-3'].entries()) {
    await ledger.recordIntent({ rolloutId: INJECTOR, turn, epoch, at: AT });
    if (turn === 1) {
      // Its reply is lost with its worker; another incarnation asks again.
      epoch = await ledger.claimRollout(INJECTOR, 'sandbox');
      await ledger.recordIntent({ rolloutId: INJECTOR, turn, epoch, at: AT });
    }
    const reply = await putJson({ format: 'reply-1', reply: { text: `[${call}] ls` } });
    await ledger.recordReply(aReply({ rolloutId: INJECTOR, turn, epoch, reply }));
    const seen = [0, 1, 2].slice(0, turn + 1).join(' ');
    const observation = await putJson({ format: 'observation-1', text: `some files\ntrace: ${seen}\n` });
    if (turn === 1) {
      const repeat = { finding: 'outcome-unknown', sandbox: 'two', observation: null, at: AT } as const;
      await ledger.recordRepeat({ rolloutId: INJECTOR, turn, epoch, ...repeat });
    }
    await ledger.recordObservation(anObservation({ rolloutId: INJECTOR, turn, epoch, observation }));
    if (turn !== 0) continue;
    const snapshot = await putJson('a snapshot');
    await ledger.recordSnapshot({ rolloutId: INJECTOR, turn, epoch, snapshot, savedAt: AT });
  }
  await close(store, INJECTOR);
  // Nobody starts from it any more.
  for (const { snapshot } of await ledger.listSpentSnapshots({})) {
    await blobs.remove(snapshot);
    await ledger.forgetSnapshot(snapshot);
  }
}

function close({ ledger }: Store, rolloutId: string) {
  const nothing = { submission: null, trajectory: null, problem: null };
  return ledger.closeRollout({ rolloutId, outcome: 'submitted', ...nothing, endedAt: AT });
}

const execution = { executionId: 'first', status: 'COMPLETED', completed: [], children: [] } as const;

const EXECUTIONS: readonly Execution[] = [
  { ...execution, workflowId: 'run', type: 'selfPlayTraining', children: [EPISODE] },
  { ...execution, workflowId: EPISODE, type: 'selfPlayEpisode', completed: ['emitRewards'], children: [INJECTOR] },
];

/** The reply to the second one was lost on its way. */
const CALLS: readonly ModelCall[] = [
  { id: 'call-0', rolloutId: INJECTOR, turn: 0, asked: 0, answered: 1 },
  { id: 'call-1', rolloutId: INJECTOR, turn: 1, asked: 2, answered: 3 },
  { id: 'call-2', rolloutId: INJECTOR, turn: 1, asked: 4, answered: 5 },
  { id: 'call-3', rolloutId: INJECTOR, turn: 2, asked: 6, answered: 7 },
];

/** The second sandbox goes on behind the snapshot. */
const TRACES: readonly CommandTrace[] = [
  { rolloutId: INJECTOR, turn: 0, sandbox: 'one' },
  { rolloutId: INJECTOR, turn: 1, sandbox: 'one' },
  { rolloutId: INJECTOR, turn: 1, sandbox: 'two' },
  { rolloutId: INJECTOR, turn: 2, sandbox: 'two' },
];
