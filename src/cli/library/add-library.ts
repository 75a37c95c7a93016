import type { Command } from 'commander';

import { addJson, helpAfter, positive, READING_CODES } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { FreezeOptions } from './freeze-bugs.ts';

/** `freeze`. */
export function addLibrary(program: Command, run: RunCommand): void {
  const freeze = program
    .command('freeze')
    .description('write accepted bugs into a library that stays as it is (docs/evaluation.md)')
    .argument('<file>', 'where to write it; a file that is there is replaced')
    .option('--run <id>', 'only bugs of this run')
    .option('--subject <name>', 'only bugs of this subject')
    .option('--solved', 'only bugs that at least one attempt has solved')
    .option('--alike <n>', 'take up to so many bugs that are like each other; 1: no two', positive, 1);
  addJson(freeze)
    .addHelpText('after', helpAfter(['freeze held-out.jsonl --run demo-2026-01-02-1 --solved'], READING_CODES))
    .action((file: string, options: FreezeOptions) =>
      run(async (context) => (await import('./freeze-bugs.ts')).freezeBugs(context, file, options)),
    );
}
