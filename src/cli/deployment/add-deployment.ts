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
import type { CodecServerCommandOptions } from './run-codec-server.ts';
import type { DemoOptions } from './run-demo.ts';
import type { UpOptions } from './run-up.ts';
import type { WorkerOptions } from './run-worker.ts';

/** That of the examples of Temporal's makers. */
const CODEC_PORT = 8081;

/** The Temporal UI of `up`, as a browser on the same machine may call it. */
const UI_ORIGINS: readonly string[] = ['http://127.0.0.1:8233', 'http://localhost:8233'];

/** What is given takes the place of the default. */
function repeated(value: string, before: readonly string[]): readonly string[] {
  return before === UI_ORIGINS ? [value] : [...before, value];
}

/** What keeps processes running: `up`, `worker`, `codec-server`, `demo`. */
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
  addCodecServer(program, run);
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

function addCodecServer(program: Command, run: RunCommand): void {
  program
    .command('codec-server')
    .description('show the Temporal UI and `temporal` plain values where payloads are encrypted, until Ctrl-C')
    .option('--host <address>', 'listen there', '127.0.0.1')
    .option('--port <port>', 'and on this port', port, CODEC_PORT)
    .option('--origin <url>', 'where browsers have the Temporal UI from; may be repeated', repeated, UI_ORIGINS)
    .option('--token-env <name>', 'the variable that holds a token which clients have to show')
    .addHelpText(
      'after',
      helpAfter(
        ['codec-server', 'codec-server --host 0.0.0.0 --token-env CODEC_TOKEN --origin https://temporal.example.com'],
        SERVING_CODES,
      ),
    )
    .action((options: CodecServerCommandOptions) =>
      run(async (context) => (await import('./run-codec-server.ts')).runCodecServer(context, options)),
    );
}
