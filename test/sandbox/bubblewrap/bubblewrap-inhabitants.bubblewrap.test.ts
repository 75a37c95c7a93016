import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { aCommand, aSandbox, eventually, LONG_MS } from '../contract-host.ts';
import { hostProcesses } from '../host-processes.ts';
import { createBubblewrapHost } from './bubblewrap-host.ts';

/** Slept for by these commands and by nothing else. */
const MARKER = '43321';
/** Each leaves a command with a chance of one in three where nobody looks for it. */
const SANDBOXES = 15;
/** bwrap sets up within this. */
const SET_UP_MS = 40;

it('leaves no command of a supervisor that is killed as the command begins', { timeout: LONG_MS }, async () => {
  const host = await createBubblewrapHost();
  const sandboxes = host.open();
  for (let index = 0; index < SANDBOXES; index += 1) {
    const sandbox = await sandboxes.create(aSandbox(host));
    const running = [0, 1, 2].map(() => sandbox.run(aCommand(`exec sleep ${MARKER}`)).catch(() => 'gone'));
    await sleep((SET_UP_MS * index) / SANDBOXES);
    const identity = await readFile(path.join(host.stateDir, sandbox.id, 'supervisor.pid'), 'utf8');
    process.kill(Number(identity.split(' ')[0]), 'SIGKILL');
    expect(await Promise.all(running)).toEqual(['gone', 'gone', 'gone']);
    await sandbox.destroy();
  }
  await eventually(async () => (await hostProcesses(`sleep\u0000${MARKER}`)).length === 0);
  await host.cleanUp();
});
