/** Settles episodes in the store of the first argument until it is killed; prints the id of each that is settled. */
import { createFileStore } from '../../../src/store/file-store.ts';
import { aReward, aSettlement, anEpisode, openAll } from '../ledger-builders.ts';

const [directory = ''] = process.argv.slice(2);
const store = await createFileStore({ directory });
const { ledger } = store;
await openAll(ledger);

async function settleEpisode(episodeId: string): Promise<void> {
  await ledger.openEpisode(anEpisode({ episodeId }));
  const rewards = Array.from({ length: 8 }, (_, attempt) => aReward({ episodeId, attempt }));
  await ledger.settleEpisode(aSettlement({ episode: { episodeId }, rewards }));
  process.stdout.write(`${episodeId}\n`);
}

for (let round = 0; ; round++) {
  await Promise.all(Array.from({ length: 4 }, (_, index) => settleEpisode(`episode-${round}-${index}`)));
}
