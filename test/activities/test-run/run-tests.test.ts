import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { getText } from '../../../src/activities/services/json-blobs.ts';
import {
  conflictingExperiments,
  parserExperiments,
  truncatedBuggyLogs,
} from '../../../src/activities/validation/parser-experiments.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import { runTests, type TestRunSetting } from '../../../src/activities/test-run/run-tests.ts';
import type { CommandHandler } from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import type { Command } from '../../../src/sandbox/sandbox.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';
import { aRun, originalFacts } from '../../domain/checks/facts.ts';

const LOG = ['test_a ok', 'test_b ok', 'test_c FAILED', 'end'].join('\n');

const isParser = ({ argv }: Command) => argv[0] === 'python3';
const isScript = ({ argv }: Command) => argv[0] === 'bash';
const isGit = ({ argv }: Command) => argv[0] === 'sh';
const stdinOf = ({ stdin = new Uint8Array() }: Command) => Buffer.from(stdin).toString();

/** A parser as an artifact has it, played in TypeScript: the last status of a test counts. */
function parsed(log: string): string {
  const matches = log.matchAll(/^(test_\w+) (ok|FAILED)$/gm);
  return JSON.stringify(
    Object.fromEntries([...matches].map(([, id, said]) => [id, said === 'ok' ? 'passed' : 'failed'])),
  );
}

const play: CommandHandler = (command) => {
  if (isGit(command)) return { exitCode: 0 };
  return isParser(command) ? { exitCode: 0, stdout: parsed(stdinOf(command)) } : { exitCode: 1, stdout: LOG };
};

/** For a handler that looks at nothing but the command. */
const NO_SCENE = { sandboxId: 'any', files: new Map(), signal: new AbortController().signal };

async function aTestRun(handler: CommandHandler = play) {
  const { services, ran, host } = await createFakeServices({ handler });
  const { owner, subject, sandbox: config } = aRolloutSetting();
  const setting: TestRunSetting = {
    owner,
    subject,
    sandbox: config,
    artifact: { testScript: 'the script', testParser: 'the parser' },
    seed: 1,
    signal: new AbortController().signal,
  };
  const request = sandboxRequest(services, { owner, subject, config, lifetimeSeconds: 600 });
  const sandbox = await services.sandboxes.create(request);
  const run = (changes: { readonly timeLimitMs?: number; readonly repeat?: number } = {}) =>
    runTests(services, sandbox, { ...setting, timeLimitMs: 10_000, state: 'original', repeat: 0, ...changes });
  return { services, setting, run, ran, host, tree: request.id };
}

describe('a test run on a machine under load', () => {
  const share = { limitMs: 10_000, lostMs: 900_000 };

  it('takes the time that its script had, not the time that others took', async () => {
    const stopped = { durationMs: 905_000, share };
    const { run } = await aTestRun((command) => (isScript(command) ? stopped : play(command, NO_SCENE)));
    expect((await run()).run.durationMs).toBe(5_000);
  });

  it('is starved when the script was, or the parser', async () => {
    const stopped = { durationMs: 905_000, share };
    const script = await aTestRun((command) => (isScript(command) ? stopped : play(command, NO_SCENE)));
    expect(await script.run()).toMatchObject({ timeliness: 'starved' });
    const parser = await aTestRun((command) => (isParser(command) ? stopped : play(command, NO_SCENE)));
    expect(await parser.run()).toMatchObject({ timeliness: 'starved' });
  });

  it('is overdue when the script had its time', async () => {
    const stopped = { durationMs: 910_000, share };
    const { run } = await aTestRun((command) => (isScript(command) ? stopped : play(command, NO_SCENE)));
    expect(await run()).toMatchObject({ timeliness: 'overdue', run: { ending: 'timed-out', durationMs: 10_000 } });
  });
});

describe('a test run', () => {
  it('reads the log of the script with the parser and keeps it by reference', async () => {
    const { run, services } = await aTestRun();
    const logged = await run();
    expect(logged.log).toBe(LOG);
    expect(logged.run).toMatchObject({
      ending: 'exited',
      exitCode: 1,
      reading: { valid: true, report: { passed: ['test_a', 'test_b'], failed: ['test_c'] } },
    });
    expect(await getText(services.store.blobs, logged.run.log)).toBe(LOG);
  });

  it('runs the parser in a sandbox of its own that holds nothing, and destroys it', async () => {
    const { run, ran, host, tree } = await aTestRun();
    await run();
    const [git, script, parser] = ran;
    expect(git?.command.argv[0]).toBe('sh');
    expect(script?.sandboxId).toBe(tree);
    expect(parser?.sandboxId).not.toBe(tree);
    expect(parser?.command.argv.at(-1)).toBe('the parser');
    expect([...host.keys()]).toEqual([tree]);
  });

  it('leaves the environment of the image alone the first time, and varies what must not matter after', async () => {
    const { run, ran } = await aTestRun();
    for (const repeat of [0, 1, 2, 3]) await run({ repeat });
    const environments = ran
      .filter(({ command }) => !isParser(command) && !isGit(command))
      .map(({ command }) => command.env ?? {});
    expect(Object.keys(environments[0] ?? {}).sort()).toEqual(['GOMAXPROCS', 'PYTEST_XDIST_AUTO_NUM_WORKERS']);
    for (const name of ['PYTHONHASHSEED', 'TZ', 'HOSTNAME', 'HOME', 'TMPDIR']) {
      expect(new Set(environments.map((environment) => environment[name])).size).toBe(4);
    }
  });

  it('that does not end within its limit has timed out, and what it printed is read', async () => {
    const { run } = await aTestRun(async (command, scene) => {
      if (!isParser(command) && !isGit(command))
        await sleep(60_000, undefined, { signal: scene.signal }).catch(() => undefined);
      return play(command, scene);
    });
    const logged = await run({ timeLimitMs: 20 });
    expect(logged.run).toMatchObject({ ending: 'timed-out', exitCode: null, reading: { valid: true } });
  });

  it.each([
    { name: 'crashes', outcome: { exitCode: 1, stderr: 'KeyError: x' }, problem: 'exit code 1: KeyError: x' },
    { name: 'prints no JSON', outcome: { exitCode: 0, stdout: 'all passed' }, problem: 'printed no JSON' },
    { name: 'prints nothing', outcome: { exitCode: 0 }, problem: 'printed nothing' },
    { name: 'knows another status', outcome: { exitCode: 0, stdout: '{"test_a":"xfail"}' }, problem: '"xfail"' },
    {
      name: 'says a test twice',
      outcome: { exitCode: 0, stdout: '{"test_a":"failed","test_a":"passed"}' },
      problem: 'test_a twice',
    },
  ])('with a parser that $name has no report', async ({ outcome, problem }) => {
    const { run } = await aTestRun((command, scene) => (isParser(command) ? outcome : play(command, scene)));
    expect((await run()).run.reading).toEqual({ valid: false, problem: expect.stringContaining(problem) });
  });

  it('leaves no sandbox behind when it is cancelled', async () => {
    const { services, setting, host, tree } = await aTestRun();
    const stop = new AbortController();
    stop.abort(new Error('cancelled by the user'));
    await expect(parserExperiments(services, { ...setting, signal: stop.signal }, aLoggedRun(LOG))).rejects.toThrow(
      'by the user',
    );
    await expect.poll(() => [...host.keys()]).toEqual([tree]);
  });
});

/** A parser that finds no test, whatever the log. */
const silent: CommandHandler = (command, scene) =>
  isParser(command) ? { exitCode: 0, stdout: '{}' } : play(command, scene);

/** A parser of the log of Python's own runner. */
const unittest: CommandHandler = (command, scene) => {
  if (!isParser(command)) return play(command, scene);
  const ids = [...stdinOf(command).matchAll(/^(.+) \.\.\. ok$/gm)].map(([, id]) => [id, 'passed'] as const);
  return { exitCode: 0, stdout: JSON.stringify(Object.fromEntries(ids)) };
};

/** A log in no words that are known, so no test is seen to start in it. */
const aLoggedRun = (log: string) => ({ log, run: aRun([]) });

const LONG_LOG = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((letter) => `test_${letter} ok`).join('\n');

describe('experiments with the parser', () => {
  it('give it the same log again, none, some ends of one, and one with its lines shuffled or doubled', async () => {
    const { services, setting, ran } = await aTestRun(silent);
    const experiments = await parserExperiments(services, setting, aLoggedRun(LONG_LOG));
    expect(experiments.map(({ experiment }) => experiment)).toEqual([
      'repeated',
      'empty',
      'truncated',
      'truncated',
      'truncated',
      'truncated',
      'shuffled',
      'doubled',
    ]);
    const logs = ran.map(({ command }) => stdinOf(command));
    const sorted = (log: string | undefined) => (log ?? '').split('\n').sort();
    expect(logs[0]).toBe(LONG_LOG);
    expect(logs[1]).toBe('');
    expect(logs.slice(2, 6).map((log) => log.split('\n').length)).toEqual([3, 5, 7, 8]);
    expect(logs.slice(2, 6).every((log) => LONG_LOG.startsWith(`${log}\n`))).toBe(true);
    expect(logs[6]).not.toBe(LONG_LOG);
    expect(sorted(logs[6])).toEqual(sorted(LONG_LOG));
    expect(sorted(logs[7])).toEqual(sorted(`${LONG_LOG}\n${LONG_LOG}`));
  });

  it('repeat it in another directory and environment', async () => {
    const { services, setting, ran } = await aTestRun(silent);
    await parserExperiments(services, setting, aLoggedRun(LONG_LOG));
    const [repeated, ...others] = ran.map(({ command }) => command);
    expect(repeated).toMatchObject({ cwd: '/', env: { TZ: 'Asia/Kathmandu' } });
    expect(others.every(({ cwd, env }) => cwd === undefined && env === undefined)).toBe(true);
  });

  it('run each in a sandbox of its own', async () => {
    const { services, setting, ran, host, tree } = await aTestRun(silent);
    await parserExperiments(services, setting, aLoggedRun(LONG_LOG));
    expect(new Set(ran.map(({ sandboxId }) => sandboxId)).size).toBe(8);
    expect([...host.keys()]).toEqual([tree]);
  });

  it('end the log before its last word on the last test and on the first', async () => {
    const { services, setting, ran } = await aTestRun(unittest);
    const log = 'test_a (T) ... ok\ntest_b (T) ... ok\ntest_c (T) ... ok\nOK';
    const run = aRun(['test_a (T)', 'test_b (T)', 'test_c (T)']);
    const experiments = await parserExperiments(services, setting, { log, run });
    expect(experiments.flatMap(({ started }) => started ?? [])).toEqual(['test_c (T)', 'test_a (T)']);
    const logs = ran.map(({ command }) => stdinOf(command));
    expect(logs).toContain('test_a (T) ... ok\ntest_b (T) ... ok\ntest_c (T) ... ');
    expect(logs).toContain('test_a (T) ... ');
  });

  it('cut the end of the buggy log, and where it is not yet known that a test fails', async () => {
    const { services, setting, ran } = await aTestRun();
    const original = originalFacts({ runs: [aRun(['test_a', 'test_b'])], log: 'test_a: fine\ntest_b: fine\nend' });
    const buggy = { log: 'test_a: bad\ntest_b: fine\nbye', run: aRun(['test_b'], ['test_a']) };
    const experiments = await truncatedBuggyLogs(services, setting, original, buggy);
    expect(experiments.map(({ experiment, started }) => [experiment, started])).toEqual([
      ['truncated', undefined],
      ['truncated', 'test_a'],
    ]);
    expect(ran.map(({ command }) => stdinOf(command))).toEqual(['test_a: bad\ntest_b: fine', 'test_a: ']);
  });

  it('say which tests a log reports failed and passed, in both orders', async () => {
    const { services, setting } = await aTestRun();
    const original = originalFacts({ runs: [aRun(['test_a', 'test_b'])], log: 'test_a ok\ntest_b ok' });
    const buggy = { log: 'test_a FAILED\ntest_b ok', run: aRun(['test_b'], ['test_a', 'test_z']) };
    const experiments = await conflictingExperiments(services, setting, original, buggy);
    expect(experiments.map(({ contested }) => contested)).toEqual([['test_a'], ['test_a']]);
    expect(experiments.map(({ reading }) => reading.valid && reading.report.failed)).toEqual([['test_a'], []]);
  });

  it('are not made when one of the two logs cannot be read', async () => {
    const { services, setting, ran } = await aTestRun();
    const unread = { log: '', run: aRun([], [], { reading: { valid: false, problem: 'no JSON' } }) };
    expect(await conflictingExperiments(services, setting, originalFacts(), unread)).toEqual([]);
    expect(ran).toEqual([]);
  });
});
