import { resolve } from 'node:path';

import { Command, CommanderError, type OutputConfiguration } from 'commander';

import type { Environment } from '../config/environment.ts';
import { addCompletion } from './completion/add-completion.ts';
import { addShell } from './shell/add-shell.ts';
import type { GarbageOptions } from './machine/collect-garbage.ts';
import type { CommandContext } from './command/command-context.ts';
import {
  addJson,
  addTarget,
  DOCTOR_CODES,
  helpAfter,
  judgementCodes,
  judgementOptions,
  listOptions,
  metricsOption,
  port,
  positive,
  READING_CODES,
  REVALIDATION_CODES,
  RUN_CODES,
  sandboxOption,
  seed,
  SERVING_CODES,
  setOption,
} from './command/command-options.ts';
import type { DoctorOptions } from './machine/diagnose-machine.ts';
import type { GradeOptions } from './judge/grade-patch.ts';
import type { ListOptions } from './show/list-episodes.ts';
import type { JudgementOptions } from './judge/local-judgement.ts';
import type { RevalidateOptions } from './revalidate/revalidate-bugs.ts';
import type { DemoOptions } from './deployment/run-demo.ts';
import type { UpOptions } from './deployment/run-up.ts';
import type { WorkerOptions } from './deployment/run-worker.ts';
import type { ShowOptions } from './show/show-record.ts';
import type { StatusOptions } from './run/show-status.ts';
import type { RunOptions } from './run/start-training.ts';
import { EXIT } from './command/exit-codes.ts';
import { addSubjects } from './subjects/subjects-command.ts';

/** What a command line is run in. Only a command that runs asks for its context, so help and version load none of it. */
export interface World extends Pick<CommandContext, 'output' | 'messages'> {
  readonly environment: () => Promise<Environment>;
  readonly context: () => Promise<CommandContext>;
}

/** The code with which parsing ends at `--version`, as it ends at `--help` with one of commander's own. */
export const VERSION_ASKED = 'selfplay.version';

export interface GlobalOptions {
  readonly home?: string;
  readonly debug?: boolean;
}

/** The command line: each command's options and help; `ended` is told the exit code of the one that ran. */
export function createProgram(world: World, ended: (exitCode: number) => void): Command {
  const program = new Command('selfplay')
    .description('One model breaks real code and repairs it; every episode is a durable Temporal workflow.')
    .option('--home <dir>', 'where runs leave everything (else SELFPLAY_HOME, else ./.selfplay)')
    .option('--debug', 'show where an error happened')
    .option('--version', 'the versions of selfplay, its checks, Temporal and its SDK')
    .showHelpAfterError('(add --help for the options)')
    .configureOutput(outputConfiguration(world))
    .exitOverride();
  program.on('option:version', () => {
    throw new CommanderError(EXIT.ok, VERSION_ASKED, '');
  });
  const run = async (command: (at: CommandContext) => Promise<number>) => {
    const { home } = program.opts<GlobalOptions>();
    const context = await world.context();
    const { environment } = context;
    ended(
      await command(
        home === undefined ? context : { ...context, environment: { ...environment, home: resolve(home) } },
      ),
    );
  };
  addServing(program, run);
  addRuns(program, run);
  addReading(program, run);
  addJudging(program, run);
  addRevalidation(program, run);
  addSubjects(program, run);
  addShell(program, run);
  addMachine(program, run);
  addCompletion(program, run);
  return program;
}

type Run = (command: (context: CommandContext) => Promise<number>) => Promise<void>;

function outputConfiguration({ output, messages }: World): OutputConfiguration {
  const width = ({ columns }: CommandContext['output']) => Math.min(100, columns());
  return {
    writeOut: (text) => {
      output.write(text);
    },
    writeErr: (text) => {
      messages.write(text);
    },
    getOutHelpWidth: () => width(output),
    getErrHelpWidth: () => width(messages),
  };
}

function addServing(program: Command, run: Run): void {
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
    .action((options: UpOptions) =>
      run(async (context) => (await import('./deployment/run-up.ts')).runUp(context, options)),
    );
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
      run(async (context) => (await import('./deployment/run-worker.ts')).runWorker(context, options)),
    );
}

function addRuns(program: Command, run: Run): void {
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
      run(async (context) => (await import('./deployment/run-demo.ts')).runDemo(context, options)),
    );
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
      run(async (context) => (await import('./run/start-training.ts')).startTraining(context, config, options)),
    );
}

function addReading(program: Command, run: Run): void {
  const status = program
    .command('status')
    .description('where a run stands')
    .argument('[run]', 'by default the newest one');
  addJson(addTarget(status))
    .addHelpText('after', helpAfter(['status', 'status demo-2026-01-02-1', 'status --json'], READING_CODES))
    .action((id: string | undefined, options: StatusOptions) =>
      run(async (context) => (await import('./run/show-status.ts')).showStatus(context, id, options)),
    );
  listOptions(program.command('episodes').description('list episodes, newest first'))
    .addHelpText('after', helpAfter(['episodes', 'episodes --run demo-2026-01-02-1 --limit 5'], READING_CODES))
    .action((options: ListOptions) =>
      run(async (context) => (await import('./show/list-episodes.ts')).listEpisodes(context, options)),
    );
  listOptions(program.command('bugs').description('list validated bugs, newest first'))
    .addHelpText('after', helpAfter(['bugs', 'bugs --run demo-2026-01-02-1 --json'], READING_CODES))
    .action((options: ListOptions) =>
      run(async (context) => (await import('./show/list-bugs.ts')).listBugs(context, options)),
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
      run(async (context) => (await import('./show/show-record.ts')).showRecord(context, id, options)),
    );
}

function addJudging(program: Command, run: Run): void {
  judgementOptions(program.command('validate').description('check a bug artifact made by anyone; no server needed'))
    .addHelpText(
      'after',
      helpAfter(
        [
          'validate --source ../toolz --artifact ./my-bug',
          'validate --source . --artifact ./my-bug --set validation.profile=paper --json',
        ],
        judgementCodes('consistent', 'inconsistent'),
      ),
    )
    .action((options: JudgementOptions) =>
      run(async (context) => (await import('./judge/validate-bug.ts')).validateBug(context, options)),
    );
  judgementOptions(program.command('grade').description("grade a solver's diff on a bug artifact; no server needed"))
    .requiredOption('--patch <file>', "the solver's git diff; - is standard input")
    .addHelpText(
      'after',
      helpAfter(
        [
          'grade --source ../toolz --artifact ./my-bug --patch fix.diff',
          'grade --source . --artifact ./my-bug --patch - < fix.diff',
        ],
        judgementCodes('solved', 'unsolved, or the artifact is inconsistent'),
      ),
    )
    .action((options: GradeOptions) =>
      run(async (context) => (await import('./judge/grade-patch.ts')).gradePatch(context, options)),
    );
}

function addRevalidation(program: Command, run: Run): void {
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
      run(async (context) => (await import('./revalidate/revalidate-bugs.ts')).revalidateBugs(context, bugs, options)),
    );
}

function addMachine(program: Command, run: Run): void {
  const doctor = program
    .command('doctor')
    .description('check this machine, and say what to type where something is missing')
    .option('--config <config>', 'also check the subjects and the model endpoint of this configuration (else demo)')
    .option('--no-model-call', 'do not ask the model endpoint for one token');
  addJson(addTarget(doctor))
    .addHelpText(
      'after',
      helpAfter(['doctor', 'doctor --config paper', 'doctor --address temporal:7233'], DOCTOR_CODES),
    )
    .action((options: DoctorOptions) =>
      run(async (context) => (await import('./machine/diagnose-machine.ts')).diagnoseMachine(context, options)),
    );
  addJson(program.command('gc').description('remove what crashed commands left on this home'))
    .option('--dry-run', 'only say what would be removed')
    .option('--caches', 'also remove what sandboxes make again when they need it')
    .addHelpText('after', helpAfter(['gc --dry-run --caches', 'gc'], [[0, 'removed'], ...READING_CODES.slice(1)]))
    .action((options: GarbageOptions) =>
      run(async (context) => (await import('./machine/collect-garbage.ts')).collectGarbage(context, options)),
    );
}
