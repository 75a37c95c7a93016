import { beforeEach, describe, expect, it } from 'vitest';
import { LedgerConflictError } from '../../src/domain/failure/errors.ts';
import type { Ledger } from '../../src/store/store.ts';
import { AT, LATER, aReward, aRollout, aRun, aSettlement, anInjectionGroup, openAll } from './ledger-builders.ts';

export function describeRuns(ledger: () => Ledger): void {
  describe('runs', () => {
    it('are open until they are closed, and open again when resumed', async () => {
      await ledger().openRun(aRun());
      expect(await ledger().findRun('run')).toEqual({ ...aRun(), endedAt: null, outcome: null });
      await ledger().closeRun({ runId: 'run', endedAt: AT, outcome: 'cancelled' });
      expect(await ledger().findRun('run')).toMatchObject({ endedAt: AT, outcome: 'cancelled' });
      await ledger().openRun(aRun({ startedAt: LATER, config: '{}' }));
      expect(await ledger().findRun('run')).toEqual({ ...aRun(), endedAt: null, outcome: null });
      await ledger().closeRun({ runId: 'run', endedAt: LATER, outcome: 'completed' });
      expect(await ledger().findRun('run')).toMatchObject({ endedAt: LATER, outcome: 'completed' });
    });

    it('are listed newest first', async () => {
      await ledger().openRun(aRun({ runId: 'old' }));
      await ledger().openRun(aRun({ runId: 'new', startedAt: LATER }));
      expect(await ledger().listRunIds()).toEqual(['new', 'old']);
      expect(await ledger().findRun('other')).toBeUndefined();
    });

    it('cannot be closed unopened', async () => {
      const closing = ledger().closeRun({ runId: 'run', endedAt: AT, outcome: 'failed' });
      await expect(closing).rejects.toThrow(LedgerConflictError);
    });
  });

  describe('injection groups', () => {
    beforeEach(async () => {
      await openAll(ledger());
      await ledger().openRollout(aRollout({ rolloutId: 'injector', role: 'injector' }));
      const injector = aReward({ rolloutId: 'injector', role: 'injector', reward: 0.5, advantage: null });
      await ledger().settleEpisode(aSettlement({ rewards: [injector] }));
    });
    const settlement = (advantage: number) => ({
      groupId: 'group',
      settledAt: AT,
      advantages: [{ rolloutId: 'injector', advantage }],
    });

    it('may be opened again as they are and not otherwise', async () => {
      await ledger().openInjectionGroup(anInjectionGroup());
      const other = ledger().openInjectionGroup(anInjectionGroup({ strategy: 'history' }));
      await expect(other).rejects.toThrow('strategy is "removal", not "history"');
      const sameIndex = ledger().openInjectionGroup(anInjectionGroup({ groupId: 'other' }));
      await expect(sameIndex).rejects.toThrow(LedgerConflictError);
    });

    it("give the injectors' rewards their advantages once", async () => {
      await ledger().settleInjectionGroup(settlement(0.3));
      await ledger().settleInjectionGroup({ ...settlement(0.3), settledAt: LATER });
      expect(await ledger().listRewards('episode')).toMatchObject([{ reward: 0.5, advantage: 0.3 }]);
      await expect(ledger().settleInjectionGroup(settlement(0.4))).rejects.toThrow(LedgerConflictError);
      expect(await ledger().listRewards('episode')).toMatchObject([{ advantage: 0.3 }]);
    });

    it('leave the settlement of an episode repeatable', async () => {
      await ledger().settleInjectionGroup(settlement(0.3));
      const injector = aReward({ rolloutId: 'injector', role: 'injector', reward: 0.5, advantage: null });
      await ledger().settleEpisode(aSettlement({ rewards: [injector] }));
      expect(await ledger().listRewards('episode')).toMatchObject([{ advantage: 0.3 }]);
    });

    it('keep no advantage when one of them has no reward to go to', async () => {
      const advantages = [...settlement(0.3).advantages, { rolloutId: 'unknown', advantage: 1 }];
      const settling = ledger().settleInjectionGroup({ groupId: 'group', settledAt: AT, advantages });
      await expect(settling).rejects.toThrow('unknown');
      expect(await ledger().listRewards('episode')).toMatchObject([{ advantage: null }]);
    });
  });
}
