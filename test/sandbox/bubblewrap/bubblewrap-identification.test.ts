import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ImageNotFoundError, SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createIdentification } from '../../../src/sandbox/bubblewrap/bubblewrap-identification.ts';
import { directoriesFingerprint, sourceFingerprint } from '../../../src/sandbox/source/fingerprints.ts';
import { createRemembered } from '../../../src/sandbox/source/remembered.ts';
import { asNobody, NOBODY } from '../as-nobody.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-host-'));
  mkdirSync(join(directory, 'share', 'rules'), { recursive: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

describe('the fingerprint of host directories', () => {
  it('is taken although a directory of it cannot be looked into', async () => {
    writeFileSync(join(directory, 'share', 'file'), '');
    if (process.geteuid?.() === 0) chownSync(directory, NOBODY, NOBODY);
    chmodSync(join(directory, 'share', 'rules'), 0);
    const before = await asNobody(() => {
      expect(() => readdirSync(join(directory, 'share', 'rules'))).toThrow('EACCES');
      return directoriesFingerprint(directory);
    });
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    mkdirSync(join(directory, 'share', 'installed'));
    expect(await asNobody(() => directoriesFingerprint(directory))).not.toBe(before);
  });

  it('is a fault of the machine where there is nothing to list', async () => {
    await expect(directoriesFingerprint(join(directory, 'gone'))).rejects.toBeInstanceOf(SandboxUnavailableError);
  });

  it('is taken again after it could not be taken', async () => {
    const host = join(directory, 'host');
    const identify = createIdentification({ hostDirectories: [host] });
    await expect(identify({ kind: 'tools' })).rejects.toBeInstanceOf(SandboxUnavailableError);
    mkdirSync(host);
    expect(await identify({ kind: 'tools' })).toMatchObject({ hostDirectories: [host] });
  });
});

describe('the fingerprint of a source', () => {
  const fingerprint = () => sourceFingerprint(directory, 'source');
  const file = () => join(directory, 'share', 'file');

  it.each([
    [
      'a file that is edited, even when its time is set back',
      () => {
        writeFileSync(file(), 'two');
        utimesSync(file(), 1, 1);
      },
    ],
    [
      'a file that comes',
      () => {
        writeFileSync(join(directory, 'share', 'other'), '');
      },
    ],
    [
      'a file that is moved',
      () => {
        renameSync(file(), join(directory, 'share', 'other'));
      },
    ],
    [
      'permissions',
      () => {
        chmodSync(file(), 0o700);
      },
    ],
    [
      'a file that becomes a link',
      () => {
        rmSync(file());
        symlinkSync('rules', file());
      },
    ],
    [
      'a directory that comes',
      () => {
        mkdirSync(join(directory, 'new'));
      },
    ],
  ])('changes with %s, and with nothing else', async (_what, change) => {
    writeFileSync(file(), 'one');
    utimesSync(file(), 1, 1);
    const before = await fingerprint();
    expect(await fingerprint()).toBe(before);
    change();
    expect(await fingerprint()).not.toBe(before);
  });

  it('is taken through a link to the tree, as sandboxes are made', async () => {
    const link = join(directory, 'link');
    symlinkSync('share', link);
    expect(await sourceFingerprint(link, 'source')).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['that is not there', () => join(directory, 'gone'), 'does not exist or is not a directory'],
    ['that is a file', file, 'does not exist or is not a directory'],
    ['that is empty', () => join(directory, 'share', 'rules'), 'is empty'],
  ])('is refused of one %s', async (_what, place, reason) => {
    writeFileSync(file(), '');
    const refused = sourceFingerprint(place(), 'source');
    await expect(refused).rejects.toBeInstanceOf(ImageNotFoundError);
    await expect(refused).rejects.toThrow(reason);
  });

  it('is refused of one that cannot be read, with the place', async () => {
    if (process.geteuid?.() === 0) chownSync(directory, NOBODY, NOBODY);
    chmodSync(join(directory, 'share', 'rules'), 0);
    const refused = asNobody(fingerprint);
    await expect(refused).rejects.toBeInstanceOf(ImageNotFoundError);
    await expect(refused).rejects.toThrow(/share\/rules.*Permission denied/);
  });

  it('lets everything else go on while it is taken', async () => {
    const [started, release] = [join(directory, 'started'), join(directory, 'release')];
    const find = join(directory, 'find');
    writeFileSync(
      find,
      `#!/bin/sh\ntouch ${started}\nwhile [ ! -e ${release} ]; do sleep 0.02; done\nexec /usr/bin/find "$@"\n`,
    );
    chmodSync(find, 0o755);
    vi.stubEnv('PATH', `${directory}:${process.env.PATH ?? ''}`);
    let over = false;
    const taking = fingerprint().finally(() => {
      over = true;
    });
    await vi.waitUntil(() => existsSync(started), { timeout: 240_000 });
    expect(over).toBe(false);
    writeFileSync(release, '');
    expect(await taking).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('telling a source', () => {
  it('goes through it once for all that ask within seconds, and again when they are over', async () => {
    const walked: string[] = [];
    let nowMs = 0;
    const identify = createIdentification({
      hostDirectories: [],
      fingerprintOf: (place, what) => {
        walked.push(what);
        return Promise.resolve(`${place} ${walked.length}`);
      },
      now: () => nowMs,
    });
    const ask = () => identify({ kind: 'directory', directory: '/nowhere/tiny', environment: '/nowhere/environment' });
    await Promise.all(Array.from({ length: 8 }, ask));
    nowMs = 4_999;
    const early = await ask();
    expect(walked).toEqual(['source', 'environment']);
    nowMs = 5_000;
    const late = await ask();
    expect(walked).toEqual(['source', 'environment', 'source']);
    expect(late.fingerprint).not.toBe(early.fingerprint);
  });
});

describe('what is remembered', () => {
  it('is asked for once, and again when it is too old', async () => {
    let [asked, nowMs] = [0, 0];
    const remembered = createRemembered(() => Promise.resolve((asked += 1)), { keptMs: 100, now: () => nowMs });
    expect(await Promise.all([remembered('a'), remembered('a')])).toEqual([1, 1]);
    nowMs = 99;
    expect(await remembered('a')).toBe(1);
    nowMs = 100;
    expect(await remembered('a')).toBe(2);
  });

  it('is asked for once however long that takes, and is young when the answer is there', async () => {
    let [asked, nowMs] = [0, 0];
    const answers: ((answer: string) => void)[] = [];
    const ask = () => {
      asked += 1;
      return new Promise<string>((resolve) => answers.push(resolve));
    };
    const remembered = createRemembered(ask, { keptMs: 100, now: () => nowMs });
    const first = remembered('a');
    nowMs = 1_000;
    const second = remembered('a');
    for (const answer of answers) answer('slow');
    expect(await Promise.all([first, second])).toEqual(['slow', 'slow']);
    nowMs = 1_099;
    expect(await remembered('a')).toBe('slow');
    expect(asked).toBe(1);
    nowMs = 1_100;
    void remembered('a');
    expect(asked).toBe(2);
  });
});
