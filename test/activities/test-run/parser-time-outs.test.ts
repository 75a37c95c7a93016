import { describe, expect, it } from 'vitest';

import { parserExperiments } from '../../../src/activities/validation/parser-experiments.ts';
import { runState } from '../../../src/activities/test-run/run-state.ts';
import type { TestRunSetting } from '../../../src/activities/test-run/run-tests.ts';
import type { Command, Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aRun } from '../../domain/checks/facts.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

const isParser = ({ argv }: Command) => argv[0] === 'python3';
const never = () => new Promise<never>(() => undefined);

/** The same sandboxes, in which a parser that hangs shows soon. */
function withShortParsers(sandboxes: Sandboxes): Sandboxes {
  const shorten = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    run: (command, options) => sandbox.run(isParser(command) ? { ...command, timeoutMs: 50 } : command, options),
  });
  return { ...sandboxes, create: async (request) => shorten(await sandboxes.create(request)) };
}

/** A host on which so many of the first parsers do not end; says how many others ran beside each one after. */
async function aHost(hanging: number) {
  let parsers = 0;
  const beside: number[] = [];
  const { services: fake } = await createFakeServices({
    handler: (command) => {
      if (!isParser(command)) return { exitCode: 0, stdout: 'test_a ok\n' };
      parsers += 1;
      if (parsers <= hanging) return never();
      beside.push(services.testRuns.activeCount);
      const sees = Buffer.from(command.stdin ?? []).includes('test_a ok');
      return { exitCode: 0, stdout: sees ? '{"test_a": "passed"}' : '{}' };
    },
  });
  const services = { ...fake, sandboxes: withShortParsers(fake.sandboxes) };
  const { owner, subject, sandbox } = aRolloutSetting();
  const setting: TestRunSetting = {
    owner,
    subject,
    sandbox,
    artifact: { testScript: 'the script', testParser: 'the parser' },
    seed: 1,
    signal: new AbortController().signal,
  };
  const original = { state: 'original', diffs: [], remedies: [], timeLimitMs: 10_000, repeat: 0 };
  const run = () => runState(services, { ...setting, ...original });
  return { services, setting, run, beside };
}

describe('a parser that does not end in time', () => {
  it('is asked once more, alone, when it reads the log of a state', async () => {
    const { run, beside, services } = await aHost(1);
    const first = await run();
    expect(first.run.reading).toMatchObject({ valid: true });
    // Every place is held for the one that runs alone.
    expect(beside).toEqual([services.testRuns.concurrency]);
  });

  it('is asked once more when several states wait for it at once', async () => {
    const { run } = await aHost(4);
    const runs = await Promise.all([run(), run(), run(), run()]);
    expect(runs.map(({ run: { reading } }) => reading.valid)).toEqual([true, true, true, true]);
  });

  it('counts the second time', async () => {
    const { run } = await aHost(2);
    expect((await run()).run.reading).toEqual({
      valid: false,
      timedOut: true,
      problem: 'the parser did not end within 10 s',
    });
  });

  it('is asked once more when it reads changed logs', async () => {
    const { services, setting } = await aHost(2);
    const experiments = await parserExperiments(services, setting, { run: aRun(['test_a']), log: 'test_a ok\nend' });
    expect(experiments.length).toBeGreaterThan(4);
    expect(experiments.filter(({ reading }) => !reading.valid)).toEqual([]);
  });
});
