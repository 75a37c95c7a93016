import { beforeEach, describe, expect, it } from 'vitest';
import { LedgerConflictError } from '../../src/domain/failure/errors.ts';
import type { EpisodeFilter, Ledger } from '../../src/store/store.ts';
import {
  AT,
  LATER,
  aBlobRef,
  aCheck,
  aReply,
  aReward,
  aRollout,
  aRun,
  aSettlement,
  anArtifact,
  anAttempt,
  anEpisode,
  openAll,
  recordArtifact,
} from './ledger-builders.ts';

export function describeEpisodes(ledger: () => Ledger): void {
  describe('episodes', () => {
    beforeEach(() => openAll(ledger()));

    it('are found as they were opened, in their phase', async () => {
      await ledger().recordPhase('episode', 'validating');
      await ledger().recordPhase('episode', 'solving');
      expect(await ledger().findEpisode('episode')).toEqual({
        ...anEpisode(),
        phase: 'solving',
        outcome: null,
        verdict: null,
        check: null,
        artifactId: null,
        solveRate: null,
        problem: null,
        endedAt: null,
      });
      await expect(ledger().recordPhase('other', 'solving')).rejects.toThrow(LedgerConflictError);
      expect(await ledger().findEpisode('other')).toBeUndefined();
    });

    it('are listed newest first: of a run, in flight or ended since, playing a bug of second order', async () => {
      await ledger().openEpisode(anEpisode({ episodeId: 'recycled', startedAt: LATER, parentArtifactId: 'bug' }));
      await ledger().openEpisode(anEpisode({ episodeId: 'ended', startedAt: LATER }));
      await ledger().settleEpisode(aSettlement({ episode: { episodeId: 'ended', endedAt: LATER }, rewards: [] }));
      await ledger().openEpisode(anEpisode({ episodeId: 'old', startedAt: AT }));
      await ledger().settleEpisode(
        aSettlement({ episode: { episodeId: 'old' }, rewards: [aReward({ episodeId: 'old' })] }),
      );
      const listed = async (filter: EpisodeFilter) =>
        (await ledger().listEpisodes(filter)).map(({ episodeId }) => episodeId);
      expect(await listed({})).toEqual(['recycled', 'ended', 'old', 'episode']);
      expect(await listed({ runId: 'run', limit: 2 })).toEqual(['recycled', 'ended']);
      expect(await listed({ runId: 'run', inFlightSince: LATER })).toEqual(['recycled', 'ended', 'episode']);
      expect(await listed({ parentArtifactId: 'bug' })).toEqual(['recycled']);
      expect(await listed({ runId: 'other' })).toEqual([]);
      expect(await ledger().listRewardsOf({ runId: 'run' })).toEqual([aReward({ episodeId: 'old' })]);
      expect(await ledger().listRewardsOf({ limit: 2 })).toEqual([]);
    });

    it('stand where their attempts and injectors are, as long as they are in flight', async () => {
      expect(await ledger().listStandings('run')).toEqual([]);
      await ledger().openRollout(aRollout({ rolloutId: 'injector', role: 'injector' }));
      for (const rolloutId of ['injector', 'rollout']) {
        await ledger().claimRollout(rolloutId, 'sandbox');
        for (const turn of [0, 1]) await ledger().recordReply(aReply({ rolloutId, turn }));
      }
      expect(await ledger().countTurns('episode')).toEqual(
        new Map([
          ['injector', 2],
          ['rollout', 2],
        ]),
      );
      await recordArtifact(ledger(), anArtifact());
      await ledger().recordAttempt(anAttempt());
      await ledger().recordAttempt(anAttempt({ attemptId: 'second', attempt: 1 }));
      await ledger().recordAttempt(anAttempt({ attemptId: 'third', attempt: 2, outcome: 'solved' }));
      const attempts = { solved: 1, unsolved: 2, lost: 0 };
      expect(await ledger().listStandings('run')).toEqual([{ episodeId: 'episode', attempts, injectorTurns: 2 }]);
      expect(await ledger().listStandings('other')).toEqual([]);
      await ledger().settleEpisode(aSettlement());
      expect(await ledger().listStandings('run')).toEqual([]);
    });

    it('may be opened again at another time and not otherwise', async () => {
      await ledger().openEpisode(anEpisode({ startedAt: LATER }));
      expect(await ledger().findEpisode('episode')).toMatchObject({ startedAt: AT });
      await expect(ledger().openEpisode(anEpisode({ seed: 12 }))).rejects.toThrow('seed is 11, not 12');
    });

    it('belong to a run that is there', async () => {
      const opening = ledger().openEpisode(anEpisode({ episodeId: 'other', runId: 'nowhere' }));
      await expect(opening).rejects.toThrow(LedgerConflictError);
    });

    it('are listed newest first, by run and up to a limit, and by group in order', async () => {
      await ledger().openEpisode(anEpisode({ episodeId: 'newer', startedAt: LATER }));
      await ledger().openRun(aRun({ runId: 'other' }));
      await ledger().openEpisode(anEpisode({ episodeId: 'foreign', runId: 'other', groupId: null }));
      const ids = async (filter: Parameters<Ledger['listEpisodes']>[0]) =>
        (await ledger().listEpisodes(filter)).map(({ episodeId }) => episodeId);
      expect(await ids({})).toEqual(['newer', 'foreign', 'episode']);
      expect(await ids({ runId: 'run' })).toEqual(['newer', 'episode']);
      expect(await ids({ runId: 'run', limit: 1 })).toEqual(['newer']);
      const group = await ledger().listInjectionGroup('group');
      expect(group.map(({ episodeId }) => episodeId)).toEqual(['episode', 'newer']);
    });
  });

  describe('settlements', () => {
    beforeEach(async () => {
      await openAll(ledger());
      await ledger().openRollout(aRollout({ rolloutId: 'injector', role: 'injector' }));
    });
    const injector = aReward({ role: 'injector', rolloutId: 'injector', reward: 0.775, advantage: null });

    it('write outcome and rewards', async () => {
      await ledger().settleEpisode(aSettlement({ rewards: [injector, aReward()] }));
      const { episodeId: _episodeId, ...settled } = aSettlement().episode;
      expect(await ledger().findEpisode('episode')).toMatchObject(settled);
      expect(await ledger().listRewards('episode')).toEqual([injector, aReward()]);
    });

    it('change nothing when said again', async () => {
      const settlement = aSettlement({ rewards: [injector, aReward()] });
      await ledger().settleEpisode(settlement);
      await ledger().settleEpisode({ ...settlement, episode: { ...settlement.episode, endedAt: LATER } });
      expect(await ledger().findEpisode('episode')).toMatchObject({ endedAt: AT });
      expect(await ledger().listRewards('episode')).toEqual([injector, aReward()]);
    });

    it.each([
      ['another outcome', aSettlement({ episode: { outcome: 'lost' } })],
      ['another solve rate', aSettlement({ episode: { solveRate: 0.25 } })],
      ['another reward', aSettlement({ rewards: [aReward({ reward: 1 })] })],
      ['another advantage', aSettlement({ rewards: [aReward({ advantage: 0 })] })],
      ['one reward more', aSettlement({ rewards: [aReward(), aReward({ attempt: 1 })] })],
      ['one reward less', aSettlement({ rewards: [] })],
    ])('refuse %s', async (_what, settlement) => {
      await ledger().settleEpisode(aSettlement());
      await expect(ledger().settleEpisode(settlement)).rejects.toThrow(LedgerConflictError);
      expect(await ledger().findEpisode('episode')).toMatchObject({ outcome: 'rewarded', solveRate: 0.125 });
      expect(await ledger().listRewards('episode')).toEqual([aReward()]);
    });

    it('leave nothing when they fail in the middle', async () => {
      const orphan = aReward({ attempt: 1, rolloutId: 'nowhere' });
      const settling = ledger().settleEpisode(aSettlement({ rewards: [aReward(), orphan] }));
      await expect(settling).rejects.toThrow(LedgerConflictError);
      expect(await ledger().findEpisode('episode')).toMatchObject({ outcome: null, endedAt: null });
      expect(await ledger().listRewards('episode')).toEqual([]);
    });

    it('that fail take no other write of the same moment with them', async () => {
      await ledger().openEpisode(anEpisode({ episodeId: 'other' }));
      await ledger().openRollout(aRollout({ rolloutId: 'other-rollout', episodeId: 'other' }));
      const orphan = aReward({ attempt: 1, rolloutId: 'nowhere' });
      const ofOther = { episodeId: 'other', rolloutId: 'other-rollout' };
      const outcomes = await Promise.allSettled([
        ledger().recordPhase('other', 'solving'),
        ledger().settleEpisode(aSettlement({ rewards: [aReward(), orphan] })),
        ledger().settleEpisode(aSettlement({ episode: { episodeId: 'other' }, rewards: [aReward(ofOther)] })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await ledger().findEpisode('other')).toMatchObject({ phase: 'solving', outcome: 'rewarded' });
      expect(await ledger().findEpisode('episode')).toMatchObject({ outcome: null });
      expect(await ledger().listRewards('other')).toEqual([aReward(ofOther)]);
    });

    it('need an episode', async () => {
      const settling = ledger().settleEpisode(aSettlement({ episode: { episodeId: 'nowhere' }, rewards: [] }));
      await expect(settling).rejects.toThrow('episode nowhere');
    });
  });
}

export function describeArtifacts(ledger: () => Ledger): void {
  describe('artifacts', () => {
    beforeEach(() => openAll(ledger()));
    const secondOrder = anArtifact({
      artifactId: 'second',
      order: 2,
      treeHash: 'second-tree',
      parentArtifactId: 'artifact',
      parentAttemptId: 'attempt',
    });

    it('are found as they were recorded, once', async () => {
      const refused = {
        treeHash: null,
        consistent: false,
        check: 'bug-validity',
        runId: null,
        episodeId: null,
      } as const;
      const artifacts = [anArtifact(), anArtifact({ artifactId: 'refused', ...refused })];
      for (const artifact of [...artifacts, ...artifacts]) await recordArtifact(ledger(), artifact);
      expect(await ledger().findArtifact('artifact')).toEqual(artifacts[0]);
      expect(await ledger().findArtifact('refused')).toEqual(artifacts[1]);
      expect(await ledger().findArtifact('other')).toBeUndefined();
    });

    it('refuse other content', async () => {
      await recordArtifact(ledger(), anArtifact());
      const other = recordArtifact(ledger(), anArtifact({ content: aBlobRef('9') }));
      await expect(other).rejects.toThrow(LedgerConflictError);
      expect(await ledger().findArtifact('artifact')).toEqual(anArtifact());
    });

    it('of second order keep their lineage', async () => {
      await recordArtifact(ledger(), anArtifact());
      await ledger().recordAttempt(anAttempt());
      await recordArtifact(ledger(), secondOrder);
      await recordArtifact(ledger(), secondOrder);
      expect(await ledger().findArtifact('second')).toEqual(secondOrder);
      expect(await ledger().listSecondOrder('artifact')).toEqual([secondOrder]);
      expect(await ledger().listSecondOrder('second')).toEqual([]);
    });

    it('need a parent that is there, or leave nothing', async () => {
      await expect(recordArtifact(ledger(), secondOrder)).rejects.toThrow(LedgerConflictError);
      expect(await ledger().findArtifact('second')).toBeUndefined();
    });

    it('are found by subject and tree, other than themselves', async () => {
      await recordArtifact(ledger(), anArtifact());
      const key = { subject: 'toolz', image: null, treeHash: 'tree', notArtifactId: 'second' };
      expect(await ledger().findArtifactByTree(key)).toBe('artifact');
      expect(await ledger().findArtifactByTree({ ...key, runId: 'run' })).toBe('artifact');
      expect(await ledger().findArtifactByTree({ ...key, runId: 'other' })).toBeUndefined();
      expect(await ledger().findArtifactByTree({ ...key, notArtifactId: 'artifact' })).toBeUndefined();
      expect(await ledger().findArtifactByTree({ ...key, subject: 'boltons' })).toBeUndefined();
    });

    it('are bugs when they are accepted, newest first, with the episode that is about them', async () => {
      await recordArtifact(ledger(), anArtifact());
      await ledger().recordAttempt(anAttempt());
      await new Promise((resolve) => setTimeout(resolve, 5));
      await recordArtifact(ledger(), secondOrder);
      await recordArtifact(ledger(), anArtifact({ artifactId: 'refused', consistent: false, check: 'parser' }));
      const bugs = async (filter: Partial<Parameters<Ledger['listBugs']>[0]>) =>
        (await ledger().listBugs({ limit: 10, ...filter })).map(({ artifact, episode }) => [
          artifact.artifactId,
          episode?.episodeId,
        ]);
      expect(await bugs({})).toEqual([
        ['second', undefined],
        ['artifact', 'episode'],
      ]);
      await ledger().openEpisode(anEpisode({ episodeId: 'recycled', groupId: null, order: 2 }));
      await ledger().settleEpisode(
        aSettlement({ episode: { episodeId: 'recycled', artifactId: 'second' }, rewards: [] }),
      );
      expect(await bugs({ runId: 'run', limit: 1 })).toEqual([['second', 'recycled']]);
      expect(await bugs({ runId: 'other' })).toEqual([]);
    });
  });

  describe('checks and attempts', () => {
    beforeEach(() => openAll(ledger()));

    it('are listed in order, as they were recorded first', async () => {
      const checks = [aCheck(), aCheck({ check: 'artifact', ordinal: 0, logs: [] })];
      await recordArtifact(ledger(), anArtifact(), checks);
      await recordArtifact(
        ledger(),
        anArtifact(),
        checks.map((check) => ({ ...check, durationMs: 99, logs: [] })),
      );
      expect(await ledger().listChecks('artifact')).toEqual(checks.toReversed());
      const attempts = [anAttempt({ attemptId: 'b', attempt: 1, patch: null, report: null }), anAttempt()];
      for (const attempt of attempts) await ledger().recordAttempt(attempt);
      await ledger().recordAttempt(anAttempt({ report: aBlobRef('7') }));
      expect(await ledger().listAttempts('episode')).toEqual(attempts.toReversed());
    });

    it('keep what they can of text that no database takes as it is', async () => {
      await recordArtifact(ledger(), anArtifact(), [aCheck({ detail: 'test\0name \ud800 ü' })]);
      expect((await ledger().listChecks('artifact'))[0]?.detail).toMatch(/^test[\0\ufffd]name \ufffd+ ü$/);
    });

    it('refuse a second opinion, and then keep nothing of what came with it', async () => {
      const contradiction = [aCheck({ check: 'artifact', ordinal: 0 }), aCheck(), aCheck({ verdict: 'failed' })];
      const recording = recordArtifact(ledger(), anArtifact(), contradiction);
      await expect(recording).rejects.toThrow('verdict is "passed", not "failed"');
      expect(await ledger().findArtifact('artifact')).toBeUndefined();
      expect(await ledger().listChecks('artifact')).toEqual([]);
      await recordArtifact(ledger(), anArtifact());
      await ledger().recordAttempt(anAttempt());
      await expect(ledger().recordAttempt(anAttempt({ outcome: 'solved' }))).rejects.toThrow(LedgerConflictError);
    });
  });
}
