import type { Command } from 'commander';

import {
  addJson,
  addTarget,
  helpAfter,
  positive,
  REVALIDATION_CODES,
  sandboxOption,
} from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { RevalidateOptions } from './revalidate-bugs.ts';

/** `revalidate`. */
export function addRevalidation(program: Command, run: RunCommand): void {
  const revalidate = program
    .command('revalidate')
    .description("re-run today's checks on stored artifacts, and show what changed; no model call")
    .argument('[bugs...]', 'ids as the lists have them; by default every artifact, refused ones too')
    .option('--run <id>', 'only artifacts of this run')
    .option('--subject <name>', 'only artifacts of this subject')
    .option('--consistent-only', 'only artifacts that were accepted')
    .option('--limit <n>', 'judge at most this many', positive)
    .option('--again', 'also those that this version of the checks has judged already')
    .addOption(sandboxOption());
  addJson(addTarget(revalidate))
    .addHelpText(
      'after',
      helpAfter(
        [
          'revalidate --run demo-2026-01-02-1',
          'revalidate episode-3/bug --again',
          'revalidate --consistent-only --json',
        ],
        REVALIDATION_CODES,
      ),
    )
    .action((bugs: readonly string[], options: RevalidateOptions) =>
      run(async (context) => (await import('./revalidate-bugs.ts')).revalidateBugs(context, bugs, options)),
    );
}
