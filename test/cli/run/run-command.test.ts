import { describe, expect, it } from 'vitest';

import type { TrainingEnd } from '../../../src/cli/command/temporal-access.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';
import { COMPLETED, createFakeTemporal, runCommand, type CommandSetting } from '../command-fixture.ts';
import { createFakeDeployment } from '../fake-deployment.ts';

async function start(parameters: readonly string[], end?: TrainingEnd, setting: CommandSetting = {}) {
  const live = {
    ...{
      runId: 'mine',
      paused: false,
      draining: null,
      window: 3,
      inFlight: [],
      waiting: 0,
      retriable: [],
      training: null,
    },
    injectionGroups: { drawn: 1, settled: 0, total: 3 },
    episodes: { started: 0, finished: 0, consistent: 0, secondOrder: 0, lost: 0 },
  };
  const temporal = createFakeTemporal({ live, taken: ['taken'] });
  const world = await createFakeDeployment(temporal);
  await fillStore(world.services.store);
  if (end !== undefined) temporal.end(end);
  return { ...(await runCommand(['run', ...parameters], { ...world, ...setting })), temporal };
}

describe('run', () => {
  it('follows a run to its end', async () => {
    const { exitCode, stderr } = await start(['demo', '--id', 'mine'], COMPLETED);
    expect([exitCode, stderr]).toEqual([0, 'started mine\nmine completed\n']);
  });

  it('gives a run the next free id of the day', async () => {
    const { stderr } = await start(['demo', '--detach']);
    expect(stderr).toMatch(/^started run-\d{4}-\d\d-\d\d-1\n/);
  });

  it('leaves with --detach as soon as a worker has read the input', async () => {
    const { exitCode, stdout } = await start(['demo', '--id', 'mine', '--detach']);
    expect([exitCode, stdout]).toEqual([0, 'mine\n']);
  });

  it('finds with --detach what the worker says of the input', async () => {
    const end = { status: 'failed', reason: 'cannot read the corpus /nope', invalidInput: true } as const;
    const { exitCode, stderr, stdout } = await start(['demo', '--id', 'mine', '--detach', '--json'], end);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('cannot read the corpus /nope')]);
    expect(JSON.parse(stdout)).toMatchObject({ run: 'mine', status: 'failed' });
  });

  it('says on Ctrl-C that the run goes on', async () => {
    const { exitCode, stderr } = await start(['demo', '--id', 'mine'], undefined, {
      during: (interrupt) => {
        setTimeout(() => {
          interrupt('SIGINT');
        }, 60);
      },
    });
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('no longer following mine, which goes on')]);
  });

  it.each([
    [['demo', '--set', 'rollout.turn=3'], 'rollout.turn: unknown key; did you mean "turns"?'],
    [['dmeo'], 'there is no configuration "dmeo"'],
    [['demo', '--id', PLAYED.run], `there is a run ${PLAYED.run} already`],
    [['demo', '--id', 'taken'], 'there is a run taken already'],
  ])('%j exits with 2 and starts nothing', async (parameters, message) => {
    const { exitCode, stderr } = await start(parameters);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('exits with 3 where the server lacks search attributes, for the run would hang', async () => {
    const world = await createFakeDeployment(createFakeTemporal({ missing: ['Strategy'] }));
    const { exitCode, stderr } = await runCommand(['run', 'demo'], world);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Strategy')]);
  });
});
