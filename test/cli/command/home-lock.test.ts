import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { readHomeLock } from '../../../src/cli/command/home-holder.ts';
import { holdHome } from '../../../src/cli/command/home-lock.ts';
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
    holdHome(home, 'demo').release();
  });

  it('keeps a second command away that comes before the first one has written who it is', () => {
    const home = temporaryDirectory();
    holdHome(home, 'up');
    rmSync(join(home, 'selfplay.lock'));
    expect(() => holdHome(home, 'demo')).toThrow(`another selfplay is just starting on ${home}`);
  });

  it(
    'is had by one of many that ask at once, and by the next when that one is killed',
    { timeout: 60_000 },
    async () => {
      const home = temporaryDirectory();
      const asking = Array.from({ length: 4 }, () => askInAnotherProcess(home));
      const answers = await Promise.all(asking.map(({ answer }) => answer));
      expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
      for (const { child } of asking) child.kill('SIGKILL');
      await Promise.all(asking.map(({ ended }) => ended));
      expect(readHomeLock(home)).toBeUndefined();
      holdHome(home, 'up').release();
    },
  );

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

const HOME_LOCK = fileURLToPath(new URL('../../../src/cli/command/home-lock.ts', import.meta.url));

/** A process that asks for the home, says whether it got it, and stays. */
function askInAnotherProcess(home: string) {
  const script = `
    const { holdHome } = await import(${JSON.stringify(HOME_LOCK)});
    setInterval(() => undefined, 60_000);
    try {
      globalThis.held = holdHome(${JSON.stringify(home)}, 'up');
      console.log('held');
    } catch (error) {
      console.log(error.message);
    }`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const answer = once(child.stdout, 'data').then(([data]) => String(data).trim());
  return { child, answer, ended: once(child, 'close') };
}
