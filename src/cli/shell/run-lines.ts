import { createInterface } from 'node:readline';

import type { BugTree, RunLimits } from '../../workers/local-shell.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import { endProgram, writeProgram } from './show-program.ts';

const WELCOME = `Each line is a bash of its own, as the agent's user and without network, as agents have it: the working
directory and exported variables carry over, functions and background processes do not, and there is no terminal for
full-screen programs. \`exit\` or Ctrl-D leaves; Ctrl-C ends the sandbox at once.
`;

/**
 * Runs line after line until the input ends, and gives the exit code of the last one. The sandbox port runs commands to
 * their end and has no terminal, so this is the agent's own bash tool with a prompt.
 */
export async function runLines(
  context: CommandContext,
  tree: BugTree,
  { prompt, ...limits }: RunLimits & { readonly prompt: string },
): Promise<number> {
  const { messages } = context;
  const input = context.input();
  const say = (text: string) => {
    if (input.isTTY === true) messages.write(text);
  };
  let code: number = EXIT.ok;
  say(`${WELCOME}${prompt}`);
  const lines = createInterface({ input, terminal: false });
  const close = () => {
    lines.close();
  };
  limits.signal.addEventListener('abort', close, { once: true });
  try {
    for await (const line of lines) {
      const leaving = /^\s*exit(?:\s+(\d{1,3}))?\s*$/.exec(line);
      if (leaving !== null) return leaving[1] === undefined ? code : Number(leaving[1]) % 256;
      if (line.trim() !== '') {
        const ended = await tree.bash(line, limits);
        writeProgram(context, ended);
        code = endProgram(context, ended, limits);
      }
      say(prompt);
    }
  } finally {
    limits.signal.removeEventListener('abort', close);
    close();
  }
  limits.signal.throwIfAborted();
  say('\n');
  return code;
}
