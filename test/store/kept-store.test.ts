import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../src/activities/rollout/journal.ts';
import { findShown } from '../../src/cli/show/find-shown.ts';
import { createFileStore } from '../../src/store/file-store.ts';
import type { Store } from '../../src/store/store.ts';
import { expectKeptRows, KEPT, keepStore } from './kept-ledger.ts';
import { anArtifact } from './ledger-builders.ts';
import { removeDirectory, temporaryDirectory } from './temporary-directory.ts';

describe('a store of version 0.1', () => {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    keepStore(directory);
    store = await createFileStore({ directory });
  });
  afterEach(async () => {
    await store.close();
    await removeDirectory(directory);
  });

  it('opens, with all that its ledger holds', () => expectKeptRows(store.ledger));

  it('opens again', async () => {
    await store.close();
    store = await createFileStore({ directory });
    await expectKeptRows(store.ledger);
  });

  it.each([
    [KEPT.run, { kind: 'run', id: KEPT.run, outcome: 'completed' }],
    [KEPT.episode, { kind: 'episode', episode: { id: KEPT.episode }, attempts: [{}, {}] }],
    [KEPT.bug, { kind: 'bug', verdict: 'consistent', lineage: { children: [KEPT.secondOrderBug] } }],
    [KEPT.secondOrderBug, { kind: 'bug', order: 2, episode: KEPT.secondOrderEpisode }],
    [KEPT.injector, { kind: 'rollout', usage: { turns: 13 } }],
  ])('shows %s', async (id, shown) => {
    expect(await findShown(store, id)).toMatchObject(shown);
  });

  it('gives the turns of a rollout back, as a slice reads them', async () => {
    const turns = await readJournal(store, KEPT.injector);
    expect(turns.every(({ observation }) => observation?.format === 'observation-1')).toBe(true);
    expect(turns.every(({ reply }) => reply.text !== '' || reply.finish !== 'stop')).toBe(true);
  });

  it('is a library in which the twins of its bugs are found', async () => {
    const { ledger } = store;
    const kept = await ledger.findArtifact(KEPT.bug);
    const unlike = { treeHash: null, bugHash: null, sketch: ['none'] };
    const about = anArtifact({ runId: KEPT.run, episodeId: KEPT.episode, subject: 'cachetools' });
    const { sketch = [], treeHash = null, bugHash = null } = kept ?? {};
    const twins = [{ sketch }, { treeHash }, { bugHash }].map((same, index) => {
      return { ...about, ...unlike, ...same, artifactId: `twin-${index}` };
    });
    const seen: string[][] = [];
    for (const twin of twins) {
      await ledger.admitArtifact(twin, (library) => {
        seen.push(library.map(({ artifactId }) => artifactId));
        return { artifact: { ...twin, consistent: false, check: 'near-duplicate' }, checks: [] };
      });
    }
    expect(seen).toEqual([[KEPT.bug], [KEPT.bug], [KEPT.bug]]);
  });
});
