import type { Command } from 'commander';

import { addJson, addTarget, helpAfter, READING_CODES, RUN_CODES, setOption } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { StatusOptions } from './show-status.ts';
import type { RunOptions } from './start-training.ts';

/** `run` and `status`. */
export function addRuns(program: Command, run: RunCommand): void {
  const start = program
    .command('run')
    .description('start a run on a Temporal server, and follow it')
    .argument('<config>', 'a configuration by its name (demo, paper) or its YAML or JSON file')
    .option('--id <id>', 'of the run and its workflow (else run-DATE-N)')
    .option('--detach', 'start it and leave')
    .addOption(setOption());
  addJson(addTarget(start))
    .addHelpText(
      'after',
      helpAfter(
        [
          'run demo',
          'run paper --set policy.base_url=http://gpu:8000/v1 --set policy.model=qwen --detach',
          "run demo --set corpus= --set 'subjects=[{directory: ../my-project}]' --id my-project",
        ],
        [...RUN_CODES, [130, 'Ctrl-C: no longer followed, the run goes on']],
      ),
    )
    .action((config: string, options: RunOptions) =>
      run(async (context) => (await import('./start-training.ts')).startTraining(context, config, options)),
    );
  const status = program
    .command('status')
    .description('where a run stands')
    .argument('[run]', 'by default the newest one; with --stuck all of them')
    .option('--stuck', 'what waits, for what and since when; the oldest first');
  addJson(addTarget(status))
    .addHelpText(
      'after',
      helpAfter(['status', 'status demo-2026-01-02-1', 'status --stuck', 'status --json'], READING_CODES),
    )
    .action((id: string | undefined, options: StatusOptions) =>
      run(async (context) =>
        options.stuck === true
          ? (await import('./show-waits.ts')).showWaits(context, id, options)
          : (await import('./show-status.ts')).showStatus(context, id, options),
      ),
    );
}
