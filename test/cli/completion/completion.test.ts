import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { runCommand, temporaryDirectory } from '../command-fixture.ts';

/** What bash offers for the last of the words. */
async function offered(words: readonly string[], directory = temporaryDirectory()): Promise<readonly string[]> {
  const { stdout: script } = await runCommand(['completion', 'bash']);
  const ask = [
    'eval "$1"; shift',
    'COMP_WORDS=(selfplay "$@"); COMP_CWORD=$#; COMP_LINE="selfplay $*"; COMP_POINT=${#COMP_LINE}',
    'complete -p selfplay > /dev/null && _selfplay',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const said = execFileSync('bash', ['--norc', '-c', ask, 'bash', script, ...words], { cwd: directory });
  return said.toString().split('\n').filter(Boolean);
}

describe('completion bash', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['sho'], ['show']],
    [['st'], ['status']],
    [['shell', 'episode-0/bug', '--sta'], ['--state']],
    [
      ['shell', '--state', ''],
      ['original', 'buggy', 'weakened', 'solver'],
    ],
    [['shell', '--state', 'w'], ['weakened']],
    [['--home', '/tmp', 'gc', '--dr'], ['--dry-run']],
    [['gc', '--ho'], ['--home']],
    [['up', '--port', ''], []],
    [['worker', '--prof'], ['--profile']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['demo', '--stat'], []],
  ])('%j is completed to %j', async (words, expected) => {
    expect(
      (await offered(words)).filter(
        (word) => expected.length === 0 || !word.startsWith('--') || expected.includes(word),
      ),
    ).toEqual(expected);
  });

  it('offers every command first, and its options behind it', async () => {
    const { stdout } = await runCommand(['--help']);
    const commands = [...stdout.matchAll(/^ {2}(\w+) .*/gm)].map(([, name = '']) => name);
    expect(commands.length).toBeGreaterThan(10);
    expect(await offered([''])).toEqual(expect.arrayContaining(commands));
    expect(await offered(['doctor', '--'])).toEqual(
      expect.arrayContaining(['--config', '--json', '--address', '--help']),
    );
  });

  it('offers files where an option takes one, and behind --', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'my-bug'));
    writeFileSync(join(directory, 'my-fix.diff'), '');
    expect((await offered(['grade', '--patch', 'my'], directory)).toSorted()).toEqual(['my-bug', 'my-fix.diff']);
    expect(await offered(['shell', 'episode-0/bug', '--', 'cat', 'my-f'], directory)).toEqual(['my-fix.diff']);
  });
});

describe('completion', () => {
  it('has scripts for zsh and fish with the same words', async () => {
    const { stdout: zsh } = await runCommand(['completion', 'zsh']);
    expect(zsh).toMatch(/^#compdef selfplay\n/);
    expect(zsh).toContain('bashcompinit');
    const { stdout: fish } = await runCommand(['completion', 'fish']);
    expect(fish).toContain("complete -c selfplay -n '__fish_use_subcommand' -a 'shell' -d 'open the exact tree");
    expect(fish).toContain("-n '__fish_seen_subcommand_from shell' -l state");
    expect(fish).toContain("-x -a 'original buggy weakened solver'");
  });

  it('refuses a shell that it does not know', async () => {
    const { exitCode, stderr } = await runCommand(['completion', 'tcsh']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish')]);
  });
});
