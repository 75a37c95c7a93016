import { CommanderError } from 'commander';

import { describeError, EXIT, exitCodeOf } from './command/exit-codes.ts';
import { createProgram, VERSION_ASKED, type GlobalOptions, type World } from './program.ts';
import { showVersions } from './show-versions.ts';

/** Runs one command line to its exit code; every error ends here, as one message. */
export async function runCommandLine(parameters: readonly string[], world: World): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(world, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...parameters], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.code === VERSION_ASKED) return await showVersions(world);
    // commander has said what is wrong already; it exits with 0 for help and 1 for wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { debug = false } = program.opts<GlobalOptions>();
    world.messages.write(describeError(error, { debug }));
    return exitCodeOf(error);
  }
}
