import type { ToolCall } from '../../../domain/protocol/tool-call.ts';

/** What the policy learned from a turn. */
export interface Feedback {
  readonly succeeded: boolean;
  readonly output: string;
}

/** A tool call of a program; one that leaves no trace leaves everything as it was that a later one looks at. */
export type Step = ToolCall & { readonly leavesNoTrace?: true };

/** A part of a program: yields tool calls, is resumed with what each of them brought, and ends with a result. */
export type Steps<Result> = Generator<Step, Result, Feedback>;

/** One bash command. */
export function* bash(command: string): Steps<Feedback> {
  return yield { tool: 'bash', command };
}

/** One bash command that leaves everything as it found it. */
export function* look(command: string): Steps<Feedback> {
  return yield { tool: 'bash', command, leavesNoTrace: true };
}

/** Text as one word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A here-document whose text the shell leaves alone, whatever it holds. */
export function hereDocument(text: string): string {
  const lines = new Set(text.split('\n'));
  let marker = 'END_OF_TEXT';
  while (lines.has(marker)) marker += '_';
  return `<<'${marker}'\n${text.replace(/\n$/, '')}\n${marker}`;
}

/** The JSON document that a command printed as its last line; undefined where it printed none. */
export function lastJsonLine(output: string): unknown {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    // A command that failed half-way prints no document; its caller decides what that means.
    return undefined;
  }
}
