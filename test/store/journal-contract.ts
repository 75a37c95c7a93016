import { beforeEach, describe, expect, it } from 'vitest';
import { LedgerConflictError, RolloutFencedError } from '../../src/domain/failure/errors.ts';
import type { Ledger } from '../../src/store/store.ts';
import {
  AT,
  LATER,
  aBlobRef,
  aRepeat,
  aReply,
  aRollout,
  aSettlement,
  anObservation,
  openAll,
} from './ledger-builders.ts';

const ENTRY = { rolloutId: 'rollout', turn: 0, epoch: 1 };

/** Every journal write, as the incarnation of `epoch`. */
const WRITES: readonly (readonly [string, (ledger: Ledger, epoch: number) => Promise<unknown>])[] = [
  ['intent', (ledger, epoch) => ledger.recordIntent({ ...ENTRY, turn: 5, epoch, at: AT })],
  ['reply', (ledger, epoch) => ledger.recordReply(aReply({ epoch, turn: 5 }))],
  ['reply that is there already', (ledger, epoch) => ledger.recordReply(aReply({ epoch }))],
  ['observation', (ledger, epoch) => ledger.recordObservation(anObservation({ epoch }))],
  ['snapshot', (ledger, epoch) => ledger.recordSnapshot({ ...ENTRY, epoch, snapshot: aBlobRef('9'), savedAt: AT })],
  ['repeat', (ledger, epoch) => ledger.recordRepeat(aRepeat({ epoch }))],
];

export function describeJournal(ledger: () => Ledger): void {
  describe('rollouts', () => {
    beforeEach(() => openAll(ledger()));

    it('are found as they were opened and closed; the first end counts', async () => {
      const opened = {
        ...aRollout(),
        epoch: 0,
        sandbox: null,
        outcome: null,
        submission: null,
        trajectory: null,
        audit: null,
        problem: null,
        endedAt: null,
      };
      expect(await ledger().findRollout('rollout')).toEqual(opened);
      const references = { submission: aBlobRef('3'), trajectory: aBlobRef('4') };
      const end = { outcome: 'lost', ...references, problem: 'its host is gone', endedAt: AT } as const;
      await ledger().closeRollout({ rolloutId: 'rollout', ...end });
      await ledger().closeRollout({
        rolloutId: 'rollout',
        ...end,
        outcome: 'submitted',
        submission: null,
        problem: null,
        endedAt: LATER,
      });
      expect(await ledger().findRollout('rollout')).toEqual({ ...opened, ...end });
      expect(await ledger().listRollouts('episode')).toEqual([{ ...opened, ...end }]);
      expect(await ledger().findRollout('other')).toBeUndefined();
      await expect(ledger().closeRollout({ rolloutId: 'other', ...end })).rejects.toThrow(LedgerConflictError);
    });

    it('may be opened again as they are and not otherwise, whoever holds them', async () => {
      await ledger().claimRollout('rollout', 'sandbox');
      await ledger().openRollout(aRollout({ startedAt: LATER }));
      expect(await ledger().findRollout('rollout')).toMatchObject({ epoch: 1, startedAt: AT });
      await expect(ledger().openRollout(aRollout({ attempt: 3 }))).rejects.toThrow(LedgerConflictError);
    });

    it('keep the last audit of what their agent was given', async () => {
      await ledger().recordAudit('rollout', 'one commit');
      await ledger().recordAudit('rollout', '1 commit, no second copy');
      expect((await ledger().findRollout('rollout'))?.audit).toBe('1 commit, no second copy');
      await expect(ledger().recordAudit('other', 'one commit')).rejects.toThrow(LedgerConflictError);
    });

    it('share the first index of an image', async () => {
      const index = { imageKey: 'sha256:image', content: aBlobRef('1') };
      expect(await ledger().findImageIndex('sha256:image')).toBeUndefined();
      await ledger().recordImageIndex(index);
      await ledger().recordImageIndex({ ...index, content: aBlobRef('2') });
      expect(await ledger().findImageIndex('sha256:image')).toEqual(index);
    });

    it('give each claim an epoch of its own', async () => {
      const epochs = await Promise.all(Array.from({ length: 20 }, () => ledger().claimRollout('rollout', 'sandbox')));
      expect(epochs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      await expect(ledger().claimRollout('other', 'sandbox')).rejects.toThrow(LedgerConflictError);
    });
  });

  describe('journal', () => {
    beforeEach(async () => {
      await openAll(ledger());
      await ledger().claimRollout('rollout', 'sandbox');
    });

    it('gives the turns back in order, with what became of them', async () => {
      await ledger().recordReply(aReply({ turn: 1, reply: aBlobRef('d') }));
      await ledger().recordIntent({ ...ENTRY, at: AT });
      await ledger().recordReply(aReply());
      await ledger().recordObservation(anObservation());
      await ledger().recordSnapshot({ ...ENTRY, snapshot: aBlobRef('8'), savedAt: AT });
      await ledger().recordSnapshot({ ...ENTRY, snapshot: aBlobRef('9'), savedAt: LATER });
      const open = { observation: null, activity: null, observedAt: null, snapshot: null, savedAt: null };
      expect(await ledger().readTurns('rollout')).toEqual([
        { ...aReply(), ...anObservation(), snapshot: aBlobRef('9'), savedAt: LATER },
        { ...aReply({ turn: 1, reply: aBlobRef('d') }), ...open },
      ]);
      expect(await ledger().readTurns('other')).toEqual([]);
    });

    it("keeps a turn's first reply and returns the one that counts", async () => {
      expect(await ledger().recordReply(aReply())).toMatchObject({ reply: aBlobRef(), epoch: 1 });
      await ledger().claimRollout('rollout', 'sandbox');
      const second = await ledger().recordReply(aReply({ epoch: 2, reply: aBlobRef('9'), costUsd: 1 }));
      expect(second).toMatchObject({ reply: aBlobRef(), epoch: 1, costUsd: 0.0125 });
      expect(await ledger().readTurns('rollout')).toEqual([second]);
    });

    it("keeps a turn's first observation", async () => {
      await ledger().recordReply(aReply());
      await ledger().recordObservation(anObservation());
      await ledger().recordObservation(anObservation({ observation: aBlobRef('9'), activity: 'injectBug' }));
      const { rolloutId: _rolloutId, turn: _turn, epoch: _epoch, ...first } = anObservation();
      expect(await ledger().readTurns('rollout')).toMatchObject([first]);
    });

    it('takes nothing about a turn that has no reply', async () => {
      await expect(ledger().recordObservation(anObservation())).rejects.toThrow('turn 0 of rollout rollout');
      const snapshot = ledger().recordSnapshot({ ...ENTRY, snapshot: aBlobRef(), savedAt: AT });
      await expect(snapshot).rejects.toThrow(LedgerConflictError);
    });

    it.each(WRITES)('refuses the %s of an older incarnation', async (_what, write) => {
      await ledger().recordReply(aReply());
      const before = await ledger().readTurns('rollout');
      await ledger().claimRollout('rollout', 'sandbox');
      await expect(write(ledger(), 1)).rejects.toThrow(RolloutFencedError);
      expect(await ledger().readTurns('rollout')).toEqual(before);
      await write(ledger(), 2);
    });

    it.each(WRITES)('refuses the %s of an epoch that nobody was given', async (_what, write) => {
      await ledger().recordReply(aReply());
      await expect(write(ledger(), 2)).rejects.toThrow(LedgerConflictError);
    });
  });

  describe('lost replies', () => {
    beforeEach(async () => {
      await openAll(ledger());
      await ledger().claimRollout('rollout', 'sandbox');
      await ledger().recordIntent({ ...ENTRY, at: AT });
    });
    const end = { rolloutId: 'rollout', submission: null, trajectory: null, problem: null, endedAt: AT } as const;

    it('are none while the call may still be answered, and none once it is', async () => {
      expect(await ledger().countLostReplies('run')).toBe(0);
      await ledger().recordReply(aReply());
      await ledger().closeRollout({ ...end, outcome: 'submitted' });
      expect(await ledger().countLostReplies('run')).toBe(0);
    });

    it('are the intents of a turn beyond the one that was answered', async () => {
      await ledger().claimRollout('rollout', 'sandbox');
      expect(await ledger().countLostReplies('run')).toBe(1);
      await ledger().recordIntent({ ...ENTRY, epoch: 2, at: AT });
      await ledger().recordIntent({ ...ENTRY, epoch: 2, at: LATER });
      await ledger().claimRollout('rollout', 'sandbox');
      await ledger().recordIntent({ ...ENTRY, epoch: 3, at: AT });
      await ledger().recordReply(aReply({ epoch: 3 }));
      expect(await ledger().countLostReplies('run')).toBe(2);
      expect(await ledger().countLostReplies('other')).toBe(0);
    });

    it('are counted when the rollout or its episode ends without an answer', async () => {
      await ledger().openRollout(aRollout({ rolloutId: 'second', attempt: 1 }));
      await ledger().claimRollout('second', 'sandbox');
      await ledger().recordIntent({ ...ENTRY, rolloutId: 'second', at: AT });
      await ledger().closeRollout({ ...end, outcome: 'lost' });
      expect(await ledger().countLostReplies('run')).toBe(1);
      await ledger().settleEpisode(aSettlement({ episode: { outcome: 'lost' }, rewards: [] }));
      expect(await ledger().countLostReplies('run')).toBe(2);
    });
  });

  describe('repeats', () => {
    beforeEach(async () => {
      await openAll(ledger());
      await ledger().claimRollout('rollout', 'sandbox');
    });

    it('are given back in order of turns; the first word of a sandbox stays', async () => {
      const diverged = aRepeat({ turn: 2, finding: 'diverged', observation: aBlobRef('7') });
      await ledger().recordRepeat(diverged);
      await ledger().recordRepeat(aRepeat());
      await ledger().recordRepeat(aRepeat({ finding: 'diverged', observation: aBlobRef('7'), at: LATER }));
      const elsewhere = aRepeat({ sandbox: 'third', finding: 'outcome-unknown', at: LATER });
      await ledger().recordRepeat(elsewhere);
      expect(await ledger().listRepeats('rollout')).toEqual([aRepeat(), elsewhere, diverged]);
      expect(await ledger().listRepeats('other')).toEqual([]);
    });

    it('have begun before anything has come of them', async () => {
      const begun = aRepeat({ finding: 'unfinished' });
      await ledger().recordRepeat(begun);
      expect(await ledger().listRepeats('rollout')).toEqual([begun]);
      await ledger().recordRepeat(aRepeat({ finding: 'diverged', observation: aBlobRef('7'), at: LATER }));
      await ledger().recordRepeat(begun);
      expect(await ledger().listRepeats('rollout')).toEqual([
        aRepeat({ finding: 'diverged', observation: aBlobRef('7') }),
      ]);
    });

    it('are counted by what they came to', async () => {
      await ledger().recordRepeat(aRepeat());
      await ledger().recordRepeat(aRepeat({ turn: 1 }));
      await ledger().recordRepeat(aRepeat({ turn: 2, finding: 'diverged' }));
      expect(await ledger().countRepeats('run')).toEqual({ same: 2, diverged: 1, unfinished: 0, 'outcome-unknown': 0 });
      expect(await ledger().countRepeats('other')).toEqual({
        same: 0,
        diverged: 0,
        unfinished: 0,
        'outcome-unknown': 0,
      });
    });
  });

  describe('snapshots', () => {
    const end = { outcome: 'submitted', submission: null, trajectory: null, problem: null, endedAt: AT } as const;
    const save = async (turn: number, digit: string, rolloutId = 'rollout') => {
      await ledger().recordReply(aReply({ rolloutId, turn }));
      await ledger().recordSnapshot({ rolloutId, turn, epoch: 1, snapshot: aBlobRef(digit), savedAt: AT });
    };
    const kept = async (rolloutId = 'rollout') =>
      (await ledger().readTurns(rolloutId)).map(({ snapshot }) => snapshot?.sha256[0] ?? null);

    beforeEach(async () => {
      await openAll(ledger());
      await ledger().openRollout(aRollout({ rolloutId: 'second', attempt: 1 }));
      for (const rolloutId of ['rollout', 'second']) await ledger().claimRollout(rolloutId, 'sandbox');
    });

    it('are needed while their rollout goes on, the newest two', async () => {
      await save(0, '1');
      await save(1, '2');
      expect(await ledger().listSpentSnapshots({})).toEqual([]);
      await save(2, '3');
      await save(3, '4', 'second');
      expect(await ledger().listSpentSnapshots({})).toEqual([{ snapshot: aBlobRef('1'), shared: false }]);
      expect(await ledger().listSpentSnapshots({ rolloutId: 'second' })).toEqual([]);
      for (const digit of ['1', '2', '3', '4']) await ledger().forgetSnapshot(aBlobRef(digit));
      expect(await kept()).toEqual([null, '2', '3']);
      expect(await kept('second')).toEqual(['4']);
    });

    it('are spent when their rollout is over, or its episode', async () => {
      await save(0, '1');
      await save(0, '2', 'second');
      await ledger().closeRollout({ rolloutId: 'rollout', ...end });
      expect(await ledger().listSpentSnapshots({})).toEqual([{ snapshot: aBlobRef('1'), shared: false }]);
      await ledger().settleEpisode(aSettlement({ episode: { outcome: 'lost' }, rewards: [] }));
      const spent = (await ledger().listSpentSnapshots({})).map(({ snapshot }) => snapshot.sha256[0]);
      expect(spent.toSorted()).toEqual(['1', '2']);
    });

    it('say when a rollout that goes on has the same', async () => {
      await save(0, '1');
      await save(0, '1', 'second');
      await ledger().closeRollout({ rolloutId: 'rollout', ...end });
      expect(await ledger().listSpentSnapshots({})).toEqual([{ snapshot: aBlobRef('1'), shared: true }]);
      await ledger().forgetSnapshot(aBlobRef('1'));
      expect(await kept()).toEqual([null]);
      expect(await ledger().readTurns('rollout')).toMatchObject([{ savedAt: AT }]);
      expect(await kept('second')).toEqual(['1']);
      await ledger().closeRollout({ rolloutId: 'second', ...end });
      expect(await ledger().listSpentSnapshots({})).toEqual([{ snapshot: aBlobRef('1'), shared: false }]);
    });
  });
}
