import { resolve } from 'node:path';

import { Command, CommanderError, type OutputConfiguration } from 'commander';

import type { Environment } from '../config/environment.ts';
import { EXIT } from './command/exit-codes.ts';
import type { CommandContext } from './command/command-context.ts';
import type { RunCommand } from './command/run-command.ts';
import { addCompletion } from './completion/add-completion.ts';
import { addDeployment } from './deployment/add-deployment.ts';
import { addEvaluation } from './evaluation/add-evaluation.ts';
import { addJudging } from './judge/add-judging.ts';
import { addLibrary } from './library/add-library.ts';
import { addMachine } from './machine/add-machine.ts';
import { addRevalidation } from './revalidate/add-revalidation.ts';
import { addRuns } from './run/add-runs.ts';
import { addShell } from './shell/add-shell.ts';
import { addShowing } from './show/add-showing.ts';
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

/** The command line, put together from the commands of each folder; `ended` is told the exit code of the one that ran. */
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
  const run: RunCommand = async (command) => {
    const { home } = program.opts<GlobalOptions>();
    const context = await world.context();
    const { environment } = context;
    ended(
      await command(
        home === undefined ? context : { ...context, environment: { ...environment, home: resolve(home) } },
      ),
    );
  };
  addDeployment(program, run);
  addRuns(program, run);
  addShowing(program, run);
  addJudging(program, run);
  addRevalidation(program, run);
  addLibrary(program, run);
  addEvaluation(program, run);
  addSubjects(program, run);
  addShell(program, run);
  addMachine(program, run);
  addCompletion(program, run);
  return program;
}

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
