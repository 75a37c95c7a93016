import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import type { InputStream } from '../../../src/cli/command/command-context.ts';
import type { BugTree, BugTreeRequest, ProgramEnd } from '../../../src/workers/local-shell.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';
import { aConfiguration } from '../../support/run-fixture.ts';
import { aRun } from '../../store/ledger-builders.ts';
import { createFakeTemporal, runCommand, temporaryDirectory, type CommandSetting } from '../command-fixture.ts';
import { createFakeDeployment } from '../fake-deployment.ts';

interface Played {
  /** How programs and lines end; by default well, and saying what they are. */
  readonly end?: (what: string, signal: AbortSignal) => Promise<ProgramEnd>;
  readonly directory?: string;
  readonly setting?: CommandSetting;
}

const well = (what: string): Promise<ProgramEnd> => Promise.resolve({ exitCode: 0, stdout: `${what}\n`, stderr: '' });

/** The command on a run whose subject is there; tells which trees were asked for, what ran in them, and what was closed. */
async function shell(parameters: readonly string[], { end = well, directory, setting }: Played = {}) {
  const world = await createFakeDeployment(createFakeTemporal({}));
  const { ledger } = world.services.store;
  const subjects = [{ name: 'toolz', directory: directory ?? temporaryDirectory() }];
  const config = JSON.stringify({ ...aConfiguration({ subjects }), promptsHash: 'abc' });
  await ledger.openRun(aRun({ runId: PLAYED.run, config }));
  await fillStore(world.services.store);
  const asked: BugTreeRequest[] = [];
  const done: string[] = [];
  const openBugTree = (_: unknown, request: BugTreeRequest): Promise<BugTree> => {
    asked.push(request);
    const play = (what: string, signal: AbortSignal) => {
      done.push(what);
      return end(what, signal);
    };
    return Promise.resolve({
      treeRoot: '/repo',
      run: (argv, { signal }) => play(argv.join(' '), signal),
      bash: (line, { signal }) => play(line, signal),
      close: () => Promise.resolve(void done.push('closed')),
    });
  };
  const { environment, backends } = world;
  const ran = await runCommand(['shell', ...parameters], {
    environment,
    ...setting,
    backends: { ...backends, openBugTree },
  });
  return { ...ran, asked, done };
}

const input = (lines: readonly string[]): InputStream => Readable.from(lines.map((line) => `${line}\n`));

describe('shell BUG -- COMMAND', () => {
  it('runs it in the state that is asked for, and ends as it does', async () => {
    const end = () => Promise.resolve({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
    const { exitCode, stdout, stderr, asked, done } = await shell(
      ['episode-0/bug', '--state', 'buggy', '--', 'git', 'diff', '--stat'],
      { end },
    );
    expect([exitCode, stdout, stderr.endsWith('err\n')]).toEqual([7, 'out\n', true]);
    expect(asked[0]).toMatchObject({ artifactId: PLAYED.bug, state: 'buggy', subject: { name: 'toolz' } });
    expect(done).toEqual(['git diff --stat', 'closed']);
  });

  it('opens the solver tree where no state is named, and a second-order bug too', async () => {
    const { asked } = await shell([PLAYED.secondOrderBug, '--', 'true']);
    expect(asked[0]).toMatchObject({ artifactId: PLAYED.secondOrderBug, state: 'solver' });
  });

  it('exits with 124 when the command was stopped at its deadline', async () => {
    const end = () => Promise.resolve({ exitCode: null, stdout: 'half', stderr: '' });
    const { exitCode, stdout, stderr } = await shell(['episode-0/bug', '--timeout', '5', '--', 'sleep', '9'], { end });
    expect([exitCode, stdout, stderr]).toEqual([124, 'half', expect.stringContaining('stopped after 5 s')]);
  });

  it('ends the sandbox and exits with 130 on Ctrl-C', async () => {
    let interrupt: (reason: 'SIGINT') => void = () => undefined;
    const during: CommandSetting['during'] = (given) => (interrupt = given);
    const end = (_: string, signal: AbortSignal) =>
      new Promise<ProgramEnd>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
        interrupt('SIGINT');
      });
    const { exitCode, done } = await shell(['episode-0/bug', '--', 'sleep', '99'], { end, setting: { during } });
    expect([exitCode, done]).toEqual([130, ['sleep 99', 'closed']]);
  });

  it('keeps a terminal from being steered, and gives a pipe everything', async () => {
    const end = () => Promise.resolve({ exitCode: 0, stdout: '\u001b[31mred', stderr: '' });
    const piped = await shell(['episode-0/bug', '--', 'true'], { end });
    const shown = await shell(['episode-0/bug', '--', 'true'], { end, setting: { columns: 80 } });
    expect([piped.stdout, shown.stdout]).toEqual(['\u001b[31mred', '\uFFFD[31mred']);
  });
});

describe('shell BUG', () => {
  it('runs the lines that are piped in, without a prompt, and ends as the last one', async () => {
    const end = (what: string) => Promise.resolve({ exitCode: what === 'false' ? 1 : 0, stdout: '', stderr: '' });
    const setting = { input: input(['cd sub', '', 'ls', 'false']) };
    const { exitCode, done, stderr } = await shell(['episode-0/bug'], { end, setting });
    expect([exitCode, done]).toEqual([1, ['cd sub', 'ls', 'false', 'closed']]);
    expect(stderr).not.toContain('$ ');
  });

  it('leaves with exit, and prompts a person', async () => {
    const typed = Object.assign(input(['ls', 'exit 3', 'never']), { isTTY: true });
    const { exitCode, done, stderr } = await shell(['episode-0/bug'], { setting: { input: typed } });
    expect([exitCode, done]).toEqual([3, ['ls', 'closed']]);
    expect(stderr.match(/solver:\/repo\$ /g)).toHaveLength(2);
  });

  it('ends on Ctrl-C while it waits for a line', async () => {
    let interrupt: (reason: 'SIGINT') => void = () => undefined;
    const during: CommandSetting['during'] = (given) => (interrupt = given);
    const waiting = new Readable({
      read: () => {
        interrupt('SIGINT');
      },
    });
    const { exitCode, done } = await shell(['episode-0/bug'], { setting: { input: waiting, during } });
    expect([exitCode, done]).toEqual([130, ['closed']]);
  });

  it.each([
    [['nothing/bug'], {}, 'no bug has the id nothing/bug'],
    [['episode-0/bug', '--state', 'broken'], {}, 'Allowed choices are original, buggy, weakened, solver'],
    [['episode-0/bug'], { directory: '/nowhere/toolz' }, '/nowhere/toolz is not there any more'],
  ])('%j with %j exits with 2 and says why', async (parameters, played, message) => {
    const { exitCode, stderr, asked } = await shell(parameters, played);
    expect([exitCode, stderr, asked]).toEqual([2, expect.stringContaining(message), []]);
  });

  it('says which configuration no longer holds the subject', async () => {
    const world = await createFakeDeployment(createFakeTemporal({}));
    const subjects = [{ name: 'other', directory: '/nowhere' }];
    const config = JSON.stringify(aConfiguration({ subjects }));
    await world.services.store.ledger.openRun(aRun({ runId: PLAYED.run, config }));
    await fillStore(world.services.store);
    const { exitCode, stderr } = await runCommand(['shell', PLAYED.bug, '--', 'true'], world);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('its configuration holds no such subject any more'),
    ]);
  });
});
