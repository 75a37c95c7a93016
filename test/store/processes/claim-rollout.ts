/** Opens the file store in the directory of the first argument, claims one rollout again and again, prints the epochs. */
import { createFileStore } from '../../../src/store/file-store.ts';
import { openAll } from '../ledger-builders.ts';

const [directory = ''] = process.argv.slice(2);
const store = await createFileStore({ directory });
await openAll(store.ledger);
const epochs: number[] = [];
for (let claim = 0; claim < 25; claim++) epochs.push(await store.ledger.claimRollout('rollout'));
await store.close();
process.stdout.write(JSON.stringify(epochs));
