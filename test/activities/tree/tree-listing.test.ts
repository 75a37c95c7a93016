import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { doneByScript } from '../../../src/activities/validation/collect-runs.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import {
  listedTree,
  readTree,
  readTreeAfterScript,
  type TreeReading,
} from '../../../src/activities/tree/tree-listing.ts';
import { InvalidInputError, SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { CommandHandler } from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';
import { aRun } from '../../domain/checks/facts.ts';

const ENTRY = 'f 1:1700000000.5:12:644 pkg/one.py\0';
const TOO_MANY = Math.ceil((64 * 1024 * 1024 + 1) / ENTRY.length);

/** The reading of a tree whose `find` does this. */
async function reading(handler: CommandHandler, signal = new AbortController().signal): Promise<TreeReading> {
  return readTree(await aSandbox(handler), signal);
}

async function aSandbox(handler: CommandHandler): Promise<Sandbox> {
  const { services } = await createFakeServices({ handler });
  const { owner, subject, sandbox: config } = aRolloutSetting();
  const request = sandboxRequest(services, { owner, subject, config, lifetimeSeconds: 600 });
  return services.sandboxes.create(request);
}

describe('a tree', () => {
  it('is read by path, with what tells whether a file was touched', async () => {
    const read = await reading(() => ({ exitCode: 0, stdout: `${ENTRY}d 2:1.0:4:755 pkg\0` }));
    expect([...listedTree(read)]).toEqual([
      ['pkg/one.py', { type: 'f', identity: '1:1700000000.5:12:644' }],
      ['pkg', { type: 'd', identity: '2:1.0:4:755' }],
    ]);
  });

  it('whose list is larger than can be judged is never read in part', async () => {
    const read = await reading(() => ({ exitCode: 0, stdout: ENTRY.repeat(TOO_MANY) }));
    expect(read).toEqual({
      listed: false,
      timeliness: 'in-time',
      problem: expect.stringContaining('takes 64.0 MiB, and at most 64 MiB'),
    });
    expect(() => listedTree(read)).toThrow(InvalidInputError);
  });

  it('that takes too long to list is the doing of a script that ran in it, and else the machine’s', async () => {
    const sandbox = await aSandbox(() => ({ exitCode: 0, stdout: ENTRY }));
    const run: Sandbox['run'] = async (...asked) => ({ ...(await sandbox.run(...asked)), ending: 'timed-out' });
    const slow = { ...sandbox, run };
    const { signal } = new AbortController();
    await expect(readTreeAfterScript(slow, signal)).resolves.toMatchObject({ listed: false, timeliness: 'overdue' });
    await expect(readTree(slow, signal)).rejects.toThrow(SandboxUnavailableError);
  });

  it('that a stopped listing leaves unknown is an error of the one who stopped it', async () => {
    const stop = new AbortController();
    const listing: CommandHandler = async (_command, { signal }) => {
      stop.abort(new Error('cancelled by the user'));
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      return { exitCode: 0, stdout: ENTRY };
    };
    await expect(reading(listing, stop.signal)).rejects.toThrow('cancelled by the user');
  });
});

describe('what a script does', () => {
  const tree = new Map([['pkg/one.py', { type: 'f', identity: '1' }]]);
  const before: TreeReading = { listed: true, tree };
  const seen = { run: aRun([]), log: '', timeliness: 'in-time', before } as const;

  it('is every file that is not what it was', () => {
    const after: TreeReading = { listed: true, tree: new Map([['pkg/one.py', { type: 'f', identity: '2' }]]) };
    expect(
      doneByScript([
        { ...seen, after: before },
        { ...seen, after },
      ]),
    ).toEqual({ changedByScript: ['pkg/one.py'] });
  });

  it('cannot be seen in a tree that it made too large', () => {
    const after: TreeReading = { listed: false, timeliness: 'in-time', problem: 'too many files' };
    const effects = doneByScript([
      { ...seen, after: before },
      { ...seen, after },
    ]);
    expect(effects).toEqual({ changedByScript: [], treeProblem: 'too many files' });
  });
});
