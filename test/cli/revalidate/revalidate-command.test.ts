import { describe, expect, it } from 'vitest';

import type { Backends } from '../../../src/cli/command/backends.ts';
import type { TemporalAccess } from '../../../src/cli/command/temporal-access.ts';
import { VALIDATOR_VERSION } from '../../../src/domain/checks/validator-version.ts';
import type { RevalidationRow } from '../../../src/domain/record/ledger-rows.ts';
import { newRevalidation } from '../../../src/workflows/revalidate-artifacts.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';
import { COMPLETED, createFakeTemporal, runCommand, type CommandSetting } from '../command-fixture.ts';
import { createFakeDeployment } from '../fake-deployment.ts';

const SAME = { verdict: 'consistent', check: null, detail: 'all checks passed' } as const;
const CHANGED = { verdict: 'inconsistent', check: 'parser', detail: 'no JSON' } as const;
const NOT_DONE = { verdict: 'not-done', check: null, detail: 'its subject is gone' } as const;

type Found = Pick<RevalidationRow, 'verdict' | 'check' | 'detail'>;

/** A store with one first-order bug, and a revalidation that finds what the test says about it. */
async function world(found: Found, changes: Partial<Backends> = {}) {
  const temporal = createFakeTemporal({});
  const deployment = await createFakeDeployment(temporal);
  const { store } = deployment.services;
  await fillStore(store);
  const asked: unknown[] = [];
  const record = (revalidationId: string) =>
    store.ledger.recordRevalidation({
      ...{ revalidationId, artifactId: PLAYED.bug, validatorVersion: VALIDATOR_VERSION, ...found },
      ...{ checks: null, facts: null, endedAt: '2026-01-02T03:04:05.000Z' },
    });
  const revalidateHere: Backends['revalidateHere'] = async (_services, { revalidationId, input, tell }) => {
    asked.push(input);
    await record(revalidationId);
    const progress = { ...newRevalidation(revalidationId), judged: 1 };
    tell(progress);
    return progress;
  };
  const backends = { ...deployment.backends, revalidateHere, ...changes };
  const run = (parameters: readonly string[] = [], during?: CommandSetting['during']) =>
    runCommand(['revalidate', ...parameters], { ...deployment, backends, ...(during && { during }) });
  return { run, asked, temporal, record };
}

describe('revalidate', () => {
  it('exits with 0 when every verdict stays', async () => {
    const { run, asked } = await world(SAME);
    const { exitCode, stdout, stderr } = await run();
    expect([exitCode, asked]).toEqual([0, [{ consistentOnly: false, again: false }]]);
    expect(stdout).toContain('1 verdict stays, 0 changed, 0 not done');
    expect(stderr).toContain('1 judged, 0 changed');
  });

  it('exits with 1 when one changed, and shows what it was and what it is', async () => {
    const { run } = await world(CHANGED);
    const { exitCode, stdout } = await run();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`changed +consistent \\(1\\) +parser \\(${VALIDATOR_VERSION}\\) +no JSON`));
  });

  it('exits with 3 when nothing changed and something could not be judged, and calls it no change', async () => {
    const { run } = await world(NOT_DONE);
    const { exitCode, stdout } = await run(['--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ changed: 0, same: 0, notDone: 1 },
      artifacts: [{ id: PLAYED.bug, change: 'not-done', after: null, detail: 'its subject is gone' }],
    });
  });

  it('takes bugs by the ids of lists, and hands on how they are chosen', async () => {
    const { run, asked } = await world(SAME);
    await run(['episode-0/bug', '--again', '--limit', '3']);
    await run(['--run', PLAYED.run, '--subject', 'toolz', '--consistent-only']);
    expect(asked).toEqual([
      { artifacts: [PLAYED.bug], consistentOnly: false, again: true, limit: 3 },
      { run: PLAYED.run, subject: 'toolz', consistentOnly: true, again: false },
    ]);
  });

  it.each([
    [['nothing'], 'no bug has the id nothing'],
    [[PLAYED.secondOrderBug], `is of second order: its checks are those of its parent. Name ${PLAYED.bug}`],
    [['episode-0/bug', '--subject', 'toolz'], 'not both'],
    [['--run', 'nowhere'], 'nowhere'],
  ])('%j exits with 2 and says why', async (parameters, message) => {
    const { exitCode, stderr } = await (await world(SAME)).run(parameters);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('runs on a server that is named, as a workflow', async () => {
    const { run, temporal, record } = await world(CHANGED);
    const id = `revalidation-${new Date().toISOString().slice(0, 10)}-1`;
    await record(id);
    temporal.end(COMPLETED);
    // The ledger knows the first id already, as it does when a revalidation has written its first row.
    const { exitCode, stderr } = await run(['--address', '127.0.0.1:1']);
    expect(temporal.asked[0]).toBe(`revalidate ${id.slice(0, -1)}2`);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('on 127.0.0.1:1')]);
  });

  it('looks no more once it cannot learn how the workflow ends', async () => {
    const asked: string[] = [];
    const note = (what: string) => Promise.resolve(void asked.push(what));
    const lost: TemporalAccess = {
      ...createFakeTemporal({}),
      awaitEnd: () => Promise.reject(new Error('the server is gone')),
      queryRevalidation: () => note('look').then(() => undefined),
      close: () => note('close'),
    };
    const { run } = await world(SAME, { connectTemporal: () => Promise.resolve(lost) });
    const { exitCode, stderr } = await run(['--address', '127.0.0.1:1']);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('the server is gone')]);
    expect(asked).toEqual(['look', 'look', 'close']);
  });

  it('says what a server refused', async () => {
    const { run, temporal } = await world(SAME);
    temporal.end({ status: 'failed', reason: 'artifacts: the ledger holds no artifact x', invalidInput: true });
    const { exitCode, stderr } = await run(['--address', '127.0.0.1:1']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('the ledger holds no artifact x')]);
  });

  it('stops with Ctrl-C, and keeps what was found', async () => {
    const revalidateHere: Backends['revalidateHere'] = (_services, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    const { run, record } = await world(SAME, { revalidateHere });
    await record('revalidation-of-yesterday');
    const during = (interrupt: (reason: 'SIGINT') => void) => {
      setTimeout(() => {
        interrupt('SIGINT');
      }, 50);
    };
    const { exitCode, stdout, stderr } = await run(['--json'], during);
    expect(exitCode).toBe(130);
    expect(stderr).toContain('the same command goes on with the artifacts that are left');
    expect(JSON.parse(stdout)).toMatchObject({ artifacts: [{ revalidation: 'revalidation-of-yesterday' }] });
  });
});
