/**
 * Opens the file store in the directory of the first argument, claims one rollout again and again while it journals
 * another of its own, prints the epochs.
 */
import { createFileStore } from '../../../src/store/file-store.ts';
import { aReply, aRollout, openAll } from '../ledger-builders.ts';

const [directory = ''] = process.argv.slice(2);
const { ledger, close } = await createFileStore({ directory });
await openAll(ledger);
const own = `rollout-${process.pid}`;
await ledger.openRollout(aRollout({ rolloutId: own }));
const epoch = await ledger.claimRollout(own);
const epochs: number[] = [];
for (let claim = 0; claim < 100; claim++) {
  epochs.push(await ledger.claimRollout('rollout'));
  // Begins with a read, of rows that the other processes write beside.
  await ledger.recordReply(aReply({ rolloutId: own, epoch, turn: claim }));
}
await close();
process.stdout.write(JSON.stringify(epochs));
