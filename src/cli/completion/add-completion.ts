import { Argument, type Command } from 'commander';

import { helpAfter } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { Shell } from './completion-scripts.ts';
import { EXIT } from '../command/exit-codes.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

export function addCompletion(program: Command, run: RunCommand): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      helpAfter(
        [
          'completion bash > ~/.local/share/bash-completion/completions/selfplay',
          'completion zsh >> ~/.zshrc',
          'completion fish > ~/.config/fish/completions/selfplay.fish',
        ],
        [
          [0, 'printed'],
          [2, 'no such shell'],
        ],
      ),
    )
    .action((shell: Shell) =>
      run(async ({ output }) => {
        const { completionScript } = await import('./completion-scripts.ts');
        const { commandWords } = await import('./completion-words.ts');
        output.write(completionScript(shell, commandWords(program)));
        return EXIT.ok;
      }),
    );
}
