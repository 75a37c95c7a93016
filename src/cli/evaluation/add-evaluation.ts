import type { Command } from 'commander';

import {
  addJson,
  addTarget,
  helpAfter,
  READING_CODES,
  RUN_CODES,
  seed,
  setOption,
} from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { EvaluateOptions } from './evaluate.ts';
import type { EvaluationsOptions } from './list-evaluations.ts';

/** `evaluate` and `evaluations`. */
export function addEvaluation(program: Command, run: RunCommand): void {
  const evaluate = program
    .command('evaluate')
    .description('have a policy try every bug of a frozen library once, and show how many it solves')
    .argument('<config>', 'a configuration: its policy, seed, limits, sandbox and episode window count')
    .requiredOption('--bugs <file>', 'the library, as `selfplay freeze` wrote it; on the host of the worker')
    .option('--weights <run>', 'play with the weights that this run has published, the newest by default')
    .option('--step <n>', 'those that this step of it has left', seed)
    .option('--predictions <file>', 'write what was submitted, as the SWE-bench harness reads it')
    .addOption(setOption());
  addJson(addTarget(evaluate))
    .addHelpText('after', helpAfter(['evaluate demo --bugs held-out.jsonl --weights run-2026-01-02-1'], RUN_CODES))
    .action((config: string, options: EvaluateOptions) =>
      run(async (context) => (await import('./evaluate.ts')).evaluate(context, config, options)),
    );
  addJson(program.command('evaluations').description('list evaluations, the oldest first'))
    .argument('[id]', 'only this one')
    .option('--run <id>', 'only those of the weights of this run')
    .option('--predictions <file>', 'write what the named one has submitted, as the SWE-bench harness reads it')
    .addHelpText('after', helpAfter(['evaluations --run run-2026-01-02-1 --json'], READING_CODES))
    .action((id: string | undefined, options: EvaluationsOptions) =>
      run(async (context) => (await import('./list-evaluations.ts')).listEvaluations(context, id, options)),
    );
}
