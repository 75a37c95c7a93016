import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createIdentification } from '../../../src/sandbox/bubblewrap/bubblewrap-identification.ts';
import { directoriesFingerprint } from '../../../src/sandbox/source/directories-fingerprint.ts';
import { createRemembered } from '../../../src/sandbox/source/remembered.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-host-'));
  mkdirSync(join(directory, 'share', 'rules'), { recursive: true });
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A user of no name; who is not root cannot become another one, and needs not to. */
const NOBODY = 65_534;

async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

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
    const identify = createIdentification([host]);
    await expect(identify({ kind: 'tools' })).rejects.toBeInstanceOf(SandboxUnavailableError);
    mkdirSync(host);
    expect(await identify({ kind: 'tools' })).toMatchObject({ hostDirectories: [host] });
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
});
