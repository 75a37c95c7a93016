import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lookAtHost } from './look-at-host.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-look-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const look = (processes: ReadonlySet<number> = new Set()) =>
  lookAtHost({
    ...{ directory, sandboxes: [join(directory, 'sandboxes')], engines: [] },
    expected: { processes, mounts: new Set() },
  });

describe('a look at the host', () => {
  it('finds nothing where nothing is left', () => {
    mkdirSync(join(directory, 'sandboxes', '.trees'), { recursive: true });
    expect(look()).toEqual([]);
  });

  it('finds the folder of a sandbox', () => {
    mkdirSync(join(directory, 'sandboxes', 'one'), { recursive: true });
    expect(look()).toEqual([`directory ${join(directory, 'sandboxes', 'one')}`]);
  });

  it.each(['its working directory', 'a variable'])('finds a process by %s, unless it is to be there', async (by) => {
    const place = by === 'a variable' ? { env: { SELFPLAY_HOME: directory } } : { cwd: directory };
    const child = spawn('/usr/bin/sleep', ['600'], { stdio: 'ignore', ...place });
    await once(child, 'spawn');
    expect(look()).toEqual([`process ${child.pid ?? 0}: /usr/bin/sleep 600`]);
    expect(look(new Set([child.pid ?? 0]))).toEqual([]);
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  });
});
