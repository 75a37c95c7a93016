import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('the in-memory store', () =>
  Promise.resolve({ open: createInMemoryStore, remove: () => Promise.resolve() }),
);
