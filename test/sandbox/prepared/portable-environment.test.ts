import { chmod, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ImageNotFoundError, SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createPortableEnvironments } from '../../../src/sandbox/prepared/portable-environment.ts';
import { listSource } from '../../../src/sandbox/source/source-listing.ts';
import { asNobody, NOBODY } from '../as-nobody.ts';

let root: string;
let environment: string;
let copies: string;
/** The environments that were walked through, each time. */
let walks: string[];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'portable-'));
  environment = path.join(root, 'venv');
  copies = path.join(root, 'copies');
  walks = [];
  await mkdir(path.join(environment, 'bin'), { recursive: true });
  await writeFile(path.join(environment, 'bin', 'tool'), '#!/usr/bin/python3\n', { mode: 0o755 });
});
afterEach(async () => {
  await execa('chmod', ['-R', 'u+rwX', root]);
  await rm(root, { recursive: true, force: true });
});

function environments(): (shown: { directory: string; environment: string }) => Promise<string> {
  return createPortableEnvironments({
    copies,
    keptMs: 60_000,
    listEntries: (directory, what) => {
      walks.push(directory);
      return listSource(directory, what);
    },
  });
}

const shownWith = (tree: string) => ({ directory: path.join(root, tree), environment });

async function writeOwnPlaces(): Promise<void> {
  await writeFile(path.join(environment, 'bin', 'own'), `#!${environment}/bin/python3\n`, { mode: 0o555 });
  await symlink(`${environment}/bin/own`, path.join(environment, 'bin', 'link'));
}

/** As a user who is not root finds an environment of his own. */
async function giveAway(): Promise<void> {
  if (process.geteuid?.() === 0) await execa('chown', ['-R', `${NOBODY}:${NOBODY}`, root]);
}

describe('an environment', () => {
  it('is walked through once, whatever trees it is shown with', async () => {
    const portable = environments();
    for (const tree of ['one', 'two', 'one']) expect(await portable(shownWith(tree))).toBe(environment);
    expect(walks).toEqual([environment]);
  });

  it('that names its place is copied once for its content', async () => {
    await writeOwnPlaces();
    const copy = await environments()(shownWith('one'));
    expect(await readFile(path.join(copy, 'bin', 'own'), 'utf8')).toBe('#!/opt/environment/bin/python3\n');
    expect(await environments()(shownWith('one'))).toBe(copy);
    await writeFile(path.join(environment, 'more'), '');
    expect(await environments()(shownWith('one'))).not.toBe(copy);
  });

  it('can be copied by a user who is not root where it is read-only', async () => {
    await writeOwnPlaces();
    await chmod(path.join(environment, 'bin'), 0o555);
    await giveAway();
    const copy = await asNobody(() => environments()(shownWith('one')));
    expect(await readFile(path.join(copy, 'bin', 'own'), 'utf8')).toBe('#!/opt/environment/bin/python3\n');
    expect(await readlink(path.join(copy, 'bin', 'link'))).toBe('/opt/environment/bin/own');
  });

  it.each(['bin/closed', 'data'])(
    'with a file that may not be read is no environment to be copied: %s',
    async (file) => {
      await writeOwnPlaces();
      await writeFile(path.join(environment, file), '', { mode: 0 });
      await giveAway();
      await expect(asNobody(() => environments()(shownWith('one')))).rejects.toThrow(ImageNotFoundError);
    },
  );

  it.each([
    ['is not there', () => rm(environment, { recursive: true })],
    ['is empty', () => rm(path.join(environment, 'bin'), { recursive: true })],
  ])('that %s is none', async (_, change) => {
    await change();
    await expect(environments()(shownWith('one'))).rejects.toThrow(ImageNotFoundError);
  });

  it('that cannot be copied here is the machine’s doing', async () => {
    await writeOwnPlaces();
    const programs = process.env.PATH;
    process.env.PATH = path.join(root, 'no-programs');
    try {
      await expect(environments()(shownWith('one'))).rejects.toThrow(SandboxUnavailableError);
    } finally {
      process.env.PATH = programs;
    }
  });
});
