/**
 * Opens the ledger at the first argument, a directory or the URL of a Postgres database, claims one rollout again and again while it journals
 * another of its own, prints the epochs.
 */
import { createFileStore } from '../../../src/store/file-store.ts';
import { openPostgresDatabase } from '../../../src/store/ledger/postgres-database.ts';
import { createSqlLedger } from '../../../src/store/sql-ledger.ts';
import { aReply, aRollout, openAll } from '../ledger-builders.ts';

const [place = ''] = process.argv.slice(2);
const { ledger, close } = place.startsWith('postgres:')
  ? await openLedger(place)
  : await createFileStore({ directory: place });
await openAll(ledger);
const own = `rollout-${process.pid}`;
await ledger.openRollout(aRollout({ rolloutId: own }));
const epoch = await ledger.claimRollout(own, 'sandbox');
const epochs: number[] = [];
for (let claim = 0; claim < 100; claim++) {
  epochs.push(await ledger.claimRollout('rollout', 'sandbox'));
  // Begins with a read, of rows that the other processes write beside.
  await ledger.recordReply(aReply({ rolloutId: own, epoch, turn: claim }));
}
await close();
process.stdout.write(JSON.stringify(epochs));

async function openLedger(url: string) {
  const database = await openPostgresDatabase({ url, poolSize: 3 });
  return { ledger: createSqlLedger(database), close: () => database.close() };
}
