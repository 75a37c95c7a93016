import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerConflictError, RolloutFencedError } from '../../src/domain/failure/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { aReply, aReward, aSettlement, openAll } from './ledger-builders.ts';
import type { StoreUnderTest } from './store-contract.ts';

/** What a store promises besides when several processes have it open, here as two handles. */
export function describeSharedStoreContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name}, open twice`, () => {
    let underTest: StoreUnderTest;
    let one: Store;
    let other: Store;

    beforeEach(async () => {
      underTest = await makeStore();
      // At once, so that both find it empty.
      [one, other] = await Promise.all([underTest.open(), underTest.open()]);
      await openAll(one.ledger);
    });
    afterEach(async () => {
      await Promise.all([one.close(), other.close()]);
      await underTest.remove();
    });

    it('gives each claim an epoch of its own', async () => {
      const claims = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : other).ledger.claimRollout('rollout', 'sandbox'),
      );
      expect(new Set(await Promise.all(claims)).size).toBe(40);
    });

    it('fences the older incarnation wherever it writes from', async () => {
      const older = await one.ledger.claimRollout('rollout', 'sandbox');
      const newer = await other.ledger.claimRollout('rollout', 'sandbox');
      await expect(one.ledger.recordReply(aReply({ epoch: older }))).rejects.toThrow(RolloutFencedError);
      await other.ledger.recordReply(aReply({ epoch: newer }));
      expect(await one.ledger.readTurns('rollout')).toMatchObject([{ epoch: newer }]);
    });

    it('lets no reply slip in behind a claim', async () => {
      for (let turn = 0; turn < 30; turn++) {
        const epoch = await one.ledger.claimRollout('rollout', 'sandbox');
        const reply = one.ledger.recordReply(aReply({ epoch, turn }));
        const taken = other.ledger.claimRollout('rollout', 'sandbox').then(() => other.ledger.readTurns('rollout'));
        const [written] = await Promise.allSettled([reply]);
        const seen = (await taken).some((row) => row.turn === turn);
        // Written and not seen would have the newer incarnation pay for the turn again.
        expect(seen).toBe(written.status === 'fulfilled');
      }
    });

    it('settles an episode once when both say the same', async () => {
      const rewards = Array.from({ length: 8 }, (_, attempt) => aReward({ attempt }));
      await Promise.all([one, other].map(({ ledger }) => ledger.settleEpisode(aSettlement({ rewards }))));
      expect(await other.ledger.listRewards('episode')).toEqual(rewards);
    });

    it('keeps one settlement whole when they differ', async () => {
      const outcomes = await Promise.allSettled([
        one.ledger.settleEpisode(aSettlement()),
        other.ledger.settleEpisode(aSettlement({ episode: { outcome: 'lost', solveRate: null }, rewards: [] })),
      ]);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused.map(({ reason }) => reason instanceof LedgerConflictError)).toEqual([true]);
      const episode = await one.ledger.findEpisode('episode');
      expect(await one.ledger.listRewards('episode')).toHaveLength(episode?.outcome === 'rewarded' ? 1 : 0);
    });

    it('shows blobs that the other put', async () => {
      const ref = await one.blobs.put(Buffer.from('shared'));
      expect(Buffer.from(await other.blobs.get(ref)).toString()).toBe('shared');
    });
  });
}
