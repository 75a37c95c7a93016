import type { Command } from 'commander';

import {
  addTarget,
  helpAfter,
  metricsOption,
  port,
  positive,
  RUN_CODES,
  sandboxOption,
  seed,
  SERVING_CODES,
} from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { DemoOptions } from './run-demo.ts';
import type { UpOptions } from './run-up.ts';
import type { WorkerOptions } from './run-worker.ts';

/** What keeps processes running: `up`, `worker`, `demo`. */
export function addDeployment(program: Command, run: RunCommand): void {
  const up = program.command('up').description('run a Temporal server and the workers, until Ctrl-C');
  addTarget(up)
    .option('--port <port>', 'start a Temporal server on this port (else 7233, unless one is named)', port)
    .option('--ui-port <port>', 'of its UI (else 8233)', port)
    .addOption(sandboxOption())
    .addOption(metricsOption())
    .addHelpText(
      'after',
      helpAfter(
        ['up', 'up --port 7300 --ui-port 8300', 'up --address temporal.example.com:7233 --namespace training'],
        SERVING_CODES,
      ),
    )
    .action((options: UpOptions) => run(async (context) => (await import('./run-up.ts')).runUp(context, options)));
  const worker = program
    .command('worker')
    .description('run the workers alone, against a Temporal server that runs elsewhere');
  addTarget(worker)
    .option('--orchestrator', 'only workflows and light activities')
    .option('--sandbox-host', 'only what needs a sandbox')
    .addOption(sandboxOption())
    .addOption(metricsOption())
    .addHelpText(
      'after',
      helpAfter(
        [
          'worker --address temporal:7233',
          'worker --orchestrator --metrics 0.0.0.0:9464',
          'worker --profile cloud --orchestrator',
          'worker --sandbox-host --sandbox bubblewrap',
        ],
        SERVING_CODES,
      ),
    )
    .action((options: WorkerOptions) =>
      run(async (context) => (await import('./run-worker.ts')).runWorker(context, options)),
    );
  program
    .command('demo')
    .description('play a few episodes on real code, from nothing to a table; no server, key or GPU needed')
    .option('--json <file>', 'write the result as JSON; - is standard output (docs/json-output.md)')
    .option('--fresh', 'start anew, and end an unfinished demo')
    .option('--groups <n>', 'injection groups to play', positive)
    .option('--seed <n>', 'what every draw comes from', seed)
    .addOption(sandboxOption())
    .addHelpText(
      'after',
      helpAfter(
        ['demo', 'demo --groups 2 --json demo.json', 'demo --fresh --seed 11'],
        [...RUN_CODES, [130, 'stopped by Ctrl-C; the next `selfplay demo` resumes']],
      ),
    )
    .action((options: DemoOptions) =>
      run(async (context) => (await import('./run-demo.ts')).runDemo(context, options)),
    );
}
