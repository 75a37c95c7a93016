import { Option, type Command } from 'commander';

import type { TreeState } from '../../workers/local-shell.ts';
import { helpAfter, positive, sandboxOption, SHELL_CODES } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { ShellOptions } from './open-shell.ts';

const STATES = ['original', 'buggy', 'weakened', 'solver'] as const satisfies readonly TreeState[];

/** `git bisect` and the tests of a subject take seconds to minutes. */
const TIMEOUT_SECONDS = 600;

export function addShell(program: Command, run: RunCommand): void {
  program
    .command('shell')
    .description('open the exact tree of a bug that a check or a solver gets; no server needed')
    .argument('<bug>', 'as `bugs` has it; without its run, it is looked for in the newest one')
    .argument('[command...]', 'run this, after --, in place of a prompt')
    .addOption(new Option('--state <state>', 'which state of the tree').choices(STATES).default('solver'))
    .option('--timeout <seconds>', 'of one command', positive, TIMEOUT_SECONDS)
    .addOption(sandboxOption())
    .addHelpText(
      'after',
      helpAfter(
        [
          'shell episode-3/bug',
          'shell episode-3/bug --state buggy -- git ls-files',
          "shell episode-3/bug --state original -- bash -c 'python3 -m pytest -x'",
        ],
        SHELL_CODES,
      ),
    )
    .action((bug: string, command: readonly string[], options: ShellOptions) =>
      run(async (context) => (await import('./open-shell.ts')).openShell(context, bug, command, options)),
    );
}
