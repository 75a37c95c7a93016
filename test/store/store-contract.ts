import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { describeBlobs } from './blobs-contract.ts';
import { describeArtifacts, describeEpisodes } from './ledger-contract.ts';
import { describeRuns } from './runs-contract.ts';
import { describeJournal } from './journal-contract.ts';
import { describeFrozen } from './frozen-contract.ts';
import { describeLibrary } from './library-contract.ts';
import { describeTraining } from './training-contract.ts';

export interface StoreUnderTest {
  /** Opens the same empty store: what one handle writes, another reads where the store outlives a handle. */
  readonly open: () => Promise<Store>;
  readonly remove: () => Promise<void>;
}

/** What every store promises; run for each of them. */
export function describeStoreContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name}, by the contract of stores`, () => {
    let underTest: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      underTest = await makeStore();
      store = await underTest.open();
    });
    afterEach(async () => {
      await store.close();
      await underTest.remove();
    });

    describeBlobs(() => store.blobs);
    describeRuns(() => store.ledger);
    describeEpisodes(() => store.ledger);
    describeJournal(() => store.ledger);
    describeArtifacts(() => store.ledger);
    describeLibrary(() => store.ledger);
    describeFrozen(() => store.ledger);
    describeTraining(() => store.ledger);
  });
}
