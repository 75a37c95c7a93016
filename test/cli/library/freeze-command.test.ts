import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readBugLibrary } from '../../../src/config/bug-library.ts';
import { VALIDATOR_VERSION } from '../../../src/domain/checks/validator-version.ts';
import { aFrozenBug, leaveBug } from '../../support/library-fixture.ts';
import { aConfiguration, aSubject } from '../../support/run-fixture.ts';
import { aRun } from '../../store/ledger-builders.ts';
import { aStore, runCommand, temporaryDirectory } from '../command-fixture.ts';

const id = 'c'.repeat(64);

/** A store whose run was played on a directory that is there. */
async function aPlayedStore() {
  const store = await aStore({ filled: false });
  const directory = join(temporaryDirectory(), 'tiny');
  mkdirSync(directory);
  const config = JSON.stringify({ ...aConfiguration({ subjects: [{ directory }] }), promptsHash: 'hash' });
  await store.ledger.openRun(aRun({ config }));
  const freeze = async (...options: readonly string[]) => {
    const file = join(temporaryDirectory(), 'bugs.jsonl');
    const backends = { openStore: () => Promise.resolve(store) };
    return { file, ...(await runCommand(['freeze', file, ...options], { backends })) };
  };
  return { store, directory, freeze };
}

describe('freeze', () => {
  it('writes accepted bugs with all that it takes to play them elsewhere', async () => {
    const { store, directory, freeze } = await aPlayedStore();
    await leaveBug(store, { contentId: id });
    const { exitCode, file, stdout } = await freeze();
    expect(exitCode).toBe(0);
    const { bugs, ...library } = readBugLibrary(file);
    expect(bugs).toEqual([
      aFrozenBug({
        ...{ id, subject: aSubject({ source: { kind: 'directory', directory } }) },
        ...{ failToPass: ['test_a', 'test_ü'], passToPass: [] },
      }),
    ]);
    expect(library).toEqual({ id: expect.any(String), validatorVersion: VALIDATOR_VERSION });
    expect(stdout).toContain(`library ${library.id}`);
  });

  it('says what it leaves out, and how to have old bugs judged', async () => {
    const { store, freeze } = await aPlayedStore();
    await leaveBug(store, { contentId: id });
    const unlike = { treeHash: 'elsewhere', bugHash: 'other', sketch: ['9'] };
    await leaveBug(store, { episodeId: 'run/episode-1', contentId: 'old', validatorVersion: '0', ...unlike });
    const { file, stderr } = await freeze();
    expect(readBugLibrary(file).bugs).toHaveLength(1);
    expect(stderr).toContain('left out: 1 judged by other checks than those of today. `selfplay revalidate');
  });

  it('writes nothing where no bug is fit', async () => {
    const { store, freeze } = await aPlayedStore();
    await leaveBug(store, { contentId: id, solveRate: 0 });
    const { exitCode, file, stderr } = await freeze('--solved');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no bug is fit for a library: 1 that no attempt has solved');
    expect(existsSync(file)).toBe(false);
  });

  it('leaves out bugs whose subject is gone', async () => {
    const store = await aStore({ filled: false });
    await leaveBug(store);
    const backends = { openStore: () => Promise.resolve(store) };
    const { exitCode, stderr } = await runCommand(['freeze', 'bugs.jsonl'], { backends });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('1 whose subject is gone');
  });
});
