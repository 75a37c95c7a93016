import type { Command } from 'commander';

import { helpAfter, judgementCodes, judgementOptions } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { GradeOptions } from './grade-patch.ts';
import type { JudgementOptions } from './local-judgement.ts';

/** `validate` and `grade`. */
export function addJudging(program: Command, run: RunCommand): void {
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
      run(async (context) => (await import('./validate-bug.ts')).validateBug(context, options)),
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
      run(async (context) => (await import('./grade-patch.ts')).gradePatch(context, options)),
    );
}
