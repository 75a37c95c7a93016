/**
 * Writes to the store of the first argument until blobs and ledger have both been refused, then prints what they said
 * and what is left.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileStore } from '../../../src/store/file-store.ts';
import { anEpisode, openAll } from '../ledger-builders.ts';

const [directory = ''] = process.argv.slice(2);
const store = await createFileStore({ directory });
await openAll(store.ledger);
const kept = await store.blobs.put(Buffer.from('kept'));

async function refusalOf(write: (index: number) => Promise<unknown>): Promise<{ name: string; message: string }> {
  for (let index = 0; index < 100_000; index++) {
    try {
      await write(index);
    } catch (error) {
      return error instanceof Error
        ? { name: error.name, message: error.message }
        : { name: '', message: String(error) };
    }
  }
  throw new Error('the disk never filled up');
}

let written = 0;
const ledgerRefusal = refusalOf(async (index) => {
  await store.ledger.openEpisode(anEpisode({ episodeId: `episode-${index}`, subject: 'x'.repeat(20_000) }));
  written++;
});
const refusals = {
  ledger: await ledgerRefusal,
  blobs: await refusalOf((index) => store.blobs.put(randomBytes(50_000 * (index + 1)))),
};
const report = {
  refusals,
  written,
  episodes: (await store.ledger.listEpisodes({})).length - 1,
  readable: Buffer.from(await store.blobs.get(kept)).toString(),
  repeatable: (await store.blobs.put(Buffer.from('kept'))).sha256 === kept.sha256,
  unfinished: await readdir(join(directory, 'blobs', 'incoming')),
};
process.stdout.write(JSON.stringify(report));
await store.close().catch(() => undefined);
