import { describe, expect, it } from 'vitest';

import { runCommand } from './command-fixture.ts';

const COMMANDS = [
  'up',
  'worker',
  'demo',
  'run',
  'status',
  'episodes',
  'bugs',
  'show',
  'validate',
  'grade',
  'doctor',
  'gc',
] as const;

describe('the command line', () => {
  it.each(COMMANDS)('%s --help gives examples and exit codes', async (command) => {
    const { exitCode, stdout, stderr } = await runCommand([command, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`$ selfplay ${command}`);
    expect(stdout).toMatch(/Exit codes:\n {2}0 /);
  });

  it.each([
    [['stauts'], 'Did you mean status?'],
    [['episodes', '--limti', '3'], 'Did you mean --limit?'],
    [['up', '--port', 'abc'], 'whole number from 0 to 65535'],
    [['demo', '--sandbox', 'podman'], 'Allowed choices are auto, docker, bubblewrap'],
    [['validate'], "required option '--artifact <dir>'"],
    [['show'], "missing required argument 'id'"],
  ])('%j exits with 2 and says what was meant', async (parameters, message) => {
    const { exitCode, stdout, stderr } = await runCommand(parameters);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('says an unexpected error in a line, and shows its stack with --debug', async () => {
    const quiet = await runCommand(['episodes']);
    expect([quiet.exitCode, quiet.stderr]).toEqual([3, expect.stringContaining('--debug shows where')]);
    const debug = await runCommand(['episodes', '--debug']);
    expect(debug.stderr).toContain('command-fixture.ts');
  });
});
