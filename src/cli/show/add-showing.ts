import type { Command } from 'commander';

import { addJson, helpAfter, listOptions, READING_CODES, seed } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { ListOptions } from './list-episodes.ts';
import type { ShowOptions } from './show-record.ts';

/** What reads the store: `episodes`, `bugs`, `show`. */
export function addShowing(program: Command, run: RunCommand): void {
  listOptions(program.command('episodes').description('list episodes, newest first'))
    .addHelpText('after', helpAfter(['episodes', 'episodes --run demo-2026-01-02-1 --limit 5'], READING_CODES))
    .action((options: ListOptions) =>
      run(async (context) => (await import('./list-episodes.ts')).listEpisodes(context, options)),
    );
  listOptions(program.command('bugs').description('list validated bugs, newest first'))
    .addHelpText('after', helpAfter(['bugs', 'bugs --run demo-2026-01-02-1 --json'], READING_CODES))
    .action((options: ListOptions) =>
      run(async (context) => (await import('./list-bugs.ts')).listBugs(context, options)),
    );
  addJson(program.command('show').description('show a run, an episode, a bug or a rollout in full'))
    .argument('<id>', 'as the lists have it; without its run, it is looked for in the newest one')
    .option('--turn <n>', 'only this turn of a rollout, counted from 0', seed)
    .option('--full', 'cut nothing on a terminal; a pipe gets everything anyway')
    .addHelpText(
      'after',
      helpAfter(
        ['show demo-2026-01-02-1', 'show episode-3', 'show episode-3/bug', 'show episode-3/solver-0 --turn 2'],
        READING_CODES,
      ),
    )
    .action((id: string, options: ShowOptions) =>
      run(async (context) => (await import('./show-record.ts')).showRecord(context, id, options)),
    );
}
