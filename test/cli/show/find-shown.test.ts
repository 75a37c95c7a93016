import { describe, expect, it } from 'vitest';

import { findShown } from '../../../src/cli/show/find-shown.ts';
import { PLAIN } from '../../../src/cli/text/output.ts';
import { renderShown } from '../../../src/cli/show/render-shown.ts';
import type { ArtifactRow, CheckRow } from '../../../src/domain/record/ledger-rows.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import { aCheck, recordArtifact } from '../../store/ledger-builders.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';

const PAGE = { columns: () => 140, colors: PLAIN, full: false } as const;
const OTHER = `${PLAYED.episode}/attempt-0/bug`;

/** What `show` writes after a failed attempt was tried as a second-order bug. */
async function shownAfter(id: string, changes: Partial<ArtifactRow>, checks: readonly CheckRow[]) {
  const store = await createInMemoryStore();
  await fillStore(store);
  const taken = await store.ledger.findArtifact(PLAYED.secondOrderBug);
  if (taken === undefined) throw new RangeError('the fixture has a second-order bug');
  const parentAttemptId = `${PLAYED.episode}/attempt-0`;
  await recordArtifact(store.ledger, { ...taken, artifactId: OTHER, parentAttemptId, ...changes }, checks);
  const shown = await findShown(store, id);
  if (shown?.kind !== 'bug') throw new RangeError(`${id} is a bug`);
  return { shown, text: renderShown(shown, PAGE) };
}

const REFUSED = { consistent: false, check: 'second-order', treeHash: null } as const;
const REASON = aCheck({
  artifactId: OTHER,
  check: 'second-order',
  ordinal: 0,
  verdict: 'failed',
  detail: 'an old tree',
});

describe('a second-order bug', () => {
  it('that was refused says why, and its parent too', async () => {
    const own = await shownAfter(OTHER, REFUSED, [REASON]);
    expect(own.text).toContain('inconsistent (second-order)');
    expect(own.text).toMatch(/second-order +failed +0\.0 s +an old tree/);
    const parent = await shownAfter(PLAYED.bug, REFUSED, [REASON]);
    expect(parent.text).toMatch(/attempt-0\/bug +inconsistent +an old tree/);
    expect(parent.shown.lineage.children).toEqual([PLAYED.secondOrderBug]);
  });

  it('of an older version, without a check of its own, shows those of its parent', async () => {
    const { text } = await shownAfter(OTHER, {}, []);
    expect(text).toContain('checks of the parent bug');
    expect(text).toContain('with the bug 2 tests fail');
  });
});

describe('a rollout', () => {
  const COMMAND_MS = 1500;

  /** A rollout whose last turn came to this. */
  async function shownWith(observed: object) {
    const store = await createInMemoryStore();
    await fillStore(store);
    const rolloutId = `${PLAYED.episode}/solver-1`;
    const epoch = await store.ledger.claimRollout(rolloutId, 'sandbox');
    const keep = async (document: object) => store.blobs.put(Buffer.from(JSON.stringify(document)));
    const sampled = { text: 'ls', finish: 'stop' };
    const turn = (await store.ledger.readTurns(rolloutId)).length;
    const usage = { policyVersion: 0, promptTokens: 1, completionTokens: 1, costUsd: 0 };
    const reply = await keep({ format: 'reply-1', reply: sampled });
    await store.ledger.recordReply({
      ...{ rolloutId, turn, epoch, reply, ...usage },
      repliedAt: '2026-01-02T03:00:00.000Z',
      sandbox: null,
    });
    const observation = await keep({ format: 'observation-1', text: 'a.py', commandMs: COMMAND_MS, ...observed });
    const observedAt = '2026-01-02T05:00:00.000Z';
    await store.ledger.recordObservation({ rolloutId, turn, epoch, observation, activity: 'solveBug', observedAt });
    const shown = await findShown(store, rolloutId);
    if (shown?.kind !== 'rollout') throw new RangeError(`${rolloutId} is a rollout`);
    return shown;
  }

  it('says what its commands took, however long nobody was there to hear of it', async () => {
    const { turns } = await shownWith({});
    expect(turns.at(-1)?.toolSeconds).toBe(COMMAND_MS / 1000);
  });

  it('says which turn of which attempt an observation is taken from that was not made again', async () => {
    const taken = await shownWith({ recalled: { rolloutId: `${PLAYED.episode}/solver-0`, turn: 3 } });
    expect(taken.turns.at(-1)?.recalled).toEqual({ rollout: `${PLAYED.episode}/solver-0`, turn: 3 });
    expect(renderShown(taken, PAGE)).toContain(`as turn 3 of ${PLAYED.episode}/solver-0: not run again`);
    const made = await shownWith({});
    expect(made.turns.at(-1)?.recalled).toBe(null);
    expect(renderShown(made, PAGE)).not.toContain('not run again');
  });

  it.each([
    { outcome: 'cancelled', shown: 'cancelled' },
    { outcome: 'lost', shown: 'lost' },
  ] as const)('that nobody closed is over with its episode: $shown', async ({ outcome, shown }) => {
    const store = await createInMemoryStore();
    await fillStore(store);
    const episodeId = `${PLAYED.run}/episode-99`;
    const drawn = { subject: 'toolz', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
    const startedAt = '2026-01-02T03:00:00.000Z';
    await store.ledger.openEpisode({ episodeId, runId: PLAYED.run, groupId: null, ...drawn, startedAt });
    const rolloutId = `${episodeId}/injector`;
    await store.ledger.openRollout({ rolloutId, episodeId, role: 'injector', attempt: 0, startedAt });
    expect(await findShown(store, rolloutId)).toMatchObject({ outcome: null });
    const nothing = { verdict: null, check: null, artifactId: null, solveRate: null, problem: null };
    const episode = { episodeId, outcome, ...nothing, endedAt: startedAt };
    await store.ledger.settleEpisode({ episode, rewards: [] });
    expect(await findShown(store, rolloutId)).toMatchObject({ outcome: shown });
    expect(await findShown(store, episodeId)).toMatchObject({ rollouts: [{ outcome: shown }] });
  });
});

describe('an episode that was cancelled', () => {
  it('shows the verdict and the bug that it has all the same', async () => {
    const store = await createInMemoryStore();
    await fillStore(store);
    const episodeId = PLAYED.openEpisode;
    const artifactId = `${episodeId}/bug`;
    const played = await store.ledger.findArtifact(PLAYED.bug);
    if (played === undefined) throw new RangeError('the fixture has a bug');
    await recordArtifact(store.ledger, { ...played, artifactId, episodeId }, []);
    const known = { verdict: 'consistent', check: null, artifactId, solveRate: null, problem: null } as const;
    const episode = { episodeId, outcome: 'cancelled', ...known, endedAt: '2026-01-02T04:00:00.000Z' } as const;
    await store.ledger.settleEpisode({ episode, rewards: [] });
    const shown = await findShown(store, episodeId);
    if (shown === undefined) throw new RangeError(`${episodeId} is an episode`);
    const text = renderShown(shown, { columns: () => 140, colors: PLAIN, full: false });
    expect(text).toMatch(/outcome +cancelled\n +verdict +consistent\n/);
    expect(text).toContain(`bug         ${artifactId}\n`);
    expect(await findShown(store, artifactId)).toMatchObject({
      kind: 'bug',
      verdict: 'consistent',
      episode: episodeId,
    });
  });
});

describe('signs of tampering', () => {
  async function shown(id: string) {
    const store = await createInMemoryStore();
    await fillStore(store);
    const found = await findShown(store, id);
    if (found === undefined) throw new RangeError(`there is no ${id}`);
    return { found, text: renderShown(found, { columns: () => 140, colors: PLAIN, full: false }) };
  }

  it('of an attempt are listed beside its bug, its episode and its rollout', async () => {
    const signs = [`toolz/core.py:2 equality`];
    const bug = await shown(PLAYED.bug);
    expect(bug.found).toMatchObject({ signs: [], attempts: [{ signs }, { signs: [] }] });
    expect(bug.text).toMatch(/signs of tampering, which decide nothing\n[^]*attempt-0 +toolz\/core\.py:2 equality/);
    expect((await shown(PLAYED.episode)).found).toMatchObject({ attempts: [{ signs }, { signs: [] }] });
    const rollout = await shown(`${PLAYED.episode}/solver-0`);
    expect(rollout.found).toMatchObject({ grade: { signs } });
    expect(rollout.text).toMatch(/sign +toolz\/core\.py:2 equality/);
  });

  it('of a bug are found in what it adds, a failed patch included', async () => {
    const { found } = await shown(PLAYED.secondOrderBug);
    expect(found).toMatchObject({ signs: ['x.py:1 process-control'] });
  });

  it('are not spoken of where there are none', async () => {
    expect((await shown(`${PLAYED.episode}/solver-1`)).text).not.toMatch(/^ +sign/m);
  });
});
