import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { holdHome, readHomeLock } from '../../../src/cli/command/home-lock.ts';
import { temporaryDirectory } from '../command-fixture.ts';

describe('the lock of a home', () => {
  it('keeps a second command away, and tells it where the server is', () => {
    const home = temporaryDirectory();
    holdHome(home, 'up').announce('127.0.0.1:7233');
    expect(() => holdHome(home, 'demo')).toThrow(/selfplay up \(process \d+\) is running.*127\.0\.0\.1:7233.*--home/);
  });

  it('is free again after its release', () => {
    const home = temporaryDirectory();
    holdHome(home, 'up').release();
    expect(readHomeLock(home)).toBeUndefined();
  });

  it('of a process that is gone holds nothing', () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, 'selfplay.lock'), JSON.stringify({ pid: 2 ** 22 + 1, began: '1', command: 'up' }));
    expect(readHomeLock(home)).toBeUndefined();
  });

  it('of a number that belongs to another process now holds nothing', () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, 'selfplay.lock'), JSON.stringify({ pid: process.pid, began: '1', command: 'up' }));
    expect(readHomeLock(home)).toBeUndefined();
  });

  it('that was written halfway holds nothing', () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, 'selfplay.lock'), '{"pid": 12');
    expect(readHomeLock(home)).toBeUndefined();
  });
});
