import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { thisMaker } from '../../../src/sandbox/maker.ts';
import { keptDirectory, removeUnfinished, unusedDirectories } from '../../../src/sandbox/prepared/kept-directory.ts';
import { asNobody, NOBODY } from '../as-nobody.ts';

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kept-'));
  root = path.join(folder, 'copies');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const making = (text: string) => async (fresh: string) => {
  await mkdir(fresh);
  await writeFile(path.join(fresh, 'text'), text);
};
const keep = (key: string, text: string) => keptDirectory({ root, key, what: 'a copy' }, making(text));
const textIn = (directory: string) => readFile(path.join(directory, 'text'), 'utf8');
const lastUsed = async (key: string, daysAgo: number) => {
  const then = new Date(Date.now() - daysAgo * 24 * 3_600_000);
  await utimes(path.join(root, key, 'used'), then, then);
};

describe('a kept directory', () => {
  it('is made once for its key', async () => {
    await keep('one', 'first');
    expect(await textIn(await keep('one', 'second'))).toBe('first');
    expect(await textIn(await keep('two', 'third'))).toBe('third');
  });

  it('that nobody finishes is removed, and one that somebody is at is not', async () => {
    await keep('one', 'first');
    const gone = path.join(root, `.new-${thisMaker().replace(/\d+$/, '1')}-a`);
    const atWork = path.join(root, `.new-${thisMaker()}-b`);
    for (const attempt of [gone, atWork]) await mkdir(attempt);
    expect(await removeUnfinished(folder)).toEqual([gone]);
    expect((await readdir(root)).toSorted()).toEqual([path.basename(atWork), 'one']);
    expect(await removeUnfinished(path.join(folder, 'nowhere'))).toEqual([]);
  });

  it('is one, whoever makes it at the same time', async () => {
    const both = await Promise.all([keep('one', 'a'), keep('one', 'b')]);
    expect(new Set(both).size).toBe(1);
    expect(await readdir(root)).toEqual(['one']);
  });

  it('is not there when making it fails, and can be made then', async () => {
    const failing = keptDirectory({ root, key: 'one', what: 'a copy' }, async (fresh) => {
      await making('half')(fresh);
      throw new Error('the disk is on fire');
    });
    await expect(failing).rejects.toThrow('on fire');
    expect(await readdir(root)).toEqual([]);
    expect(await textIn(await keep('one', 'whole'))).toBe('whole');
  });

  it('that the file system refuses is the machine’s doing', async () => {
    await writeFile(path.join(folder, 'copies'), 'in the way');
    await expect(keep('one', 'a')).rejects.toThrow(SandboxUnavailableError);
  });

  it('goes once it was not used for a week and another is made', async () => {
    for (const key of ['old', 'young', 'again']) await keep(key, key);
    await lastUsed('old', 8);
    await lastUsed('young', 6);
    await lastUsed('again', 8);
    await keep('again', 'again');
    await keep('new', 'new');
    expect((await readdir(root)).sort()).toEqual(['again', 'new', 'young']);
  });

  it('goes for a user who is not root, also with read-only directories in it', async () => {
    if (process.geteuid?.() === 0) await chown(folder, NOBODY, NOBODY);
    await asNobody(async () => {
      await keptDirectory({ root, key: 'old', what: 'a copy' }, async (fresh) => {
        await making('old')(fresh);
        await chmod(fresh, 0o555);
      });
      await lastUsed('old', 8);
      await keep('new', 'new');
    });
    expect(await readdir(root)).toEqual(['new']);
  });

  it('may be taken away when no sandbox can hold it any more', async () => {
    for (const key of ['old', 'young']) await keep(key, key);
    await lastUsed('old', 3);
    expect(await unusedDirectories(folder)).toEqual([path.join(root, 'old')]);
    expect(await unusedDirectories(path.join(folder, 'nowhere'))).toEqual([]);
  });
});
