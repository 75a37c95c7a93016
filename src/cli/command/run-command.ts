import type { CommandContext } from './command-context.ts';

/** How the action of a command is run: with its context, and its exit code told to whoever parses. */
export type RunCommand = (command: (context: CommandContext) => Promise<number>) => Promise<void>;
