import { CommanderError } from 'commander';

import type { CommandContext } from './command/command-context.ts';
import { describeError, EXIT, exitCodeOf } from './command/exit-codes.ts';
import { createProgram, type GlobalOptions } from './program.ts';

/** Runs one command line to its exit code; every error ends here, as one message. */
export async function runCommandLine(parameters: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...parameters], { from: 'user' });
    return exitCode;
  } catch (error) {
    // commander has said what is wrong already; it exits with 0 for help and 1 for wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { debug = false } = program.opts<GlobalOptions>();
    context.messages.write(describeError(error, { debug }));
    return exitCodeOf(error);
  }
}
