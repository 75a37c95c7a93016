import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/store/file-store.ts';
import { commandFor, run, start } from './run-process.ts';
import { describeSharedStoreContract } from './shared-store-contract.ts';
import { describeStoreContract } from './store-contract.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

async function makeFileStore() {
  const directory = await temporaryDirectory();
  return { open: () => createFileStore({ directory }), remove: () => removeDirectory(directory) };
}

describeStoreContract('the file store', makeFileStore);
describeSharedStoreContract('the file store', makeFileStore);

describe('the file store and its processes', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => removeDirectory(directory));

  it('lets processes make it at once, and gives each of their claims an epoch of its own', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => run(commandFor('claim-rollout.ts', directory))));
    expect(outcomes.map(({ stderr }) => stderr)).toEqual(['', '', '', '']);
    const epochs = outcomes.flatMap(({ stdout }): unknown => JSON.parse(stdout));
    expect(new Set(epochs)).toEqual(new Set(Array.from({ length: 400 }, (_, index) => index + 1)));
  });

  it('holds whole transactions, and all that were acknowledged, after a kill -9', async () => {
    const child = start(commandFor('settle-episodes.ts', directory));
    const ended = once(child, 'exit');
    const acknowledged: string[] = [];
    for await (const episodeId of createInterface({ input: child.stdout })) {
      acknowledged.push(episodeId);
      // The lines that are under way when it dies still come; they count as well.
      if (acknowledged.length === 200) child.kill('SIGKILL');
    }
    expect(await ended).toEqual([null, 'SIGKILL']);

    const store = await createFileStore({ directory });
    const episodes = await store.ledger.listEpisodes({});
    const settled = episodes.filter(({ outcome }) => outcome !== null).map(({ episodeId }) => episodeId);
    expect(settled).toEqual(expect.arrayContaining(acknowledged));
    for (const { episodeId, outcome } of episodes) {
      expect(await store.ledger.listRewards(episodeId)).toHaveLength(outcome === null ? 0 : 8);
    }
    await store.close();
  });

  it('says that the disk takes no more, keeps what it had, and leaves no half of a write', async () => {
    const { stdout, stderr } = await runOnSmallDisk(directory);
    expect(stderr).toBe('');
    const report: unknown = JSON.parse(stdout);
    const refusal = (place: string) => ({
      name: 'StoreUnavailableError',
      message: expect.stringMatching(new RegExp(`${directory}/${place}.*(space|full|disk)`)),
    });
    expect(report).toMatchObject({
      refusals: { ledger: refusal('ledger[.]db'), blobs: refusal('blobs/') },
      readable: 'kept',
      repeatable: true,
      unfinished: [],
    });
    expect(report).toHaveProperty('episodes', expect.any(Number));
    expect(report).toSatisfy((counts: { episodes: number; written: number }) => counts.episodes === counts.written);
  });
});

/** A disk of 2 MB where this process may mount one, else a limit on the size of files. */
async function runOnSmallDisk(directory: string) {
  const script = commandFor('fill-disk.ts', directory);
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const mounting = ['sh', '-c', 'mount -t tmpfs -o size=2m tmpfs "$0" || exit 99; exec "$@"', directory, ...script];
  const mounted = await run(['unshare', ...namespaces, ...mounting]).catch(() => undefined);
  if (mounted?.exitCode === 0) return mounted;
  return run(['sh', '-c', 'ulimit -f 1000; exec "$@"', 'sh', ...script]);
}
