import type { ProgramEnd, RunLimits } from '../../workers/local-shell.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import type { Output } from '../text/output.ts';
import { visible } from '../text/visible-text.ts';

type Outputs = Pick<CommandContext, 'output' | 'messages'>;

/** Writes what a program in a sandbox wrote; hostile code must not steer a person's terminal, so a pipe alone gets it raw. */
export function writeProgram({ output, messages }: Outputs, { stdout, stderr }: ProgramEnd): void {
  write(output, stdout);
  write(messages, stderr);
}

function write(output: Output, text: string): void {
  if (text !== '') output.write(output.isTerminal ? visible(text) : text);
}

/** The exit code that the program's end is for the command, said where it is not the program's own. */
export function endProgram(
  { messages }: Outputs,
  { exitCode }: ProgramEnd,
  { timeoutMs }: Pick<RunLimits, 'timeoutMs'>,
): number {
  if (exitCode !== null) return exitCode;
  messages.write(`selfplay: stopped after ${timeoutMs / 1000} s; --timeout SECONDS gives it more\n`);
  return EXIT.timedOut;
}
