import type { Command } from 'commander';

import { addJson, addTarget, DOCTOR_CODES, helpAfter, READING_CODES } from '../command/command-options.ts';
import type { RunCommand } from '../command/run-command.ts';
import type { GarbageOptions } from './collect-garbage.ts';
import type { DoctorOptions } from './diagnose-machine.ts';

/** What looks after a machine: `doctor`, `gc`. */
export function addMachine(program: Command, run: RunCommand): void {
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
      run(async (context) => (await import('./diagnose-machine.ts')).diagnoseMachine(context, options)),
    );
  addJson(program.command('gc').description('remove what crashed commands left on this home'))
    .option('--dry-run', 'only say what would be removed')
    .option('--caches', 'also remove what sandboxes make again when they need it')
    .addHelpText('after', helpAfter(['gc --dry-run --caches', 'gc'], [[0, 'removed'], ...READING_CODES.slice(1)]))
    .action((options: GarbageOptions) =>
      run(async (context) => (await import('./collect-garbage.ts')).collectGarbage(context, options)),
    );
}
