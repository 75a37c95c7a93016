import type { Output } from './output.ts';

interface Outputs {
  readonly output: Output;
  readonly messages: Output;
}

/** A command to type stands in backticks or alone on its line, wherever in this project its text comes from. */
const NAMES_COMMAND = /`selfplay |^ {2}selfplay /m;

/**
 * Outputs that say, once and after the first text that names a command, how it can be typed here. `folder` is the one to
 * add to PATH, undefined where a person can type `selfplay` as it is; only who names a command asks for it.
 */
export function hintingAtPath({ output, messages }: Outputs, folder: () => Promise<string | undefined>): Outputs {
  let isTold = false;
  const hintAfter = (text: string) => {
    if (isTold || !NAMES_COMMAND.test(text)) return;
    isTold = true;
    void folder().then((missing) => {
      if (missing !== undefined) messages.write(`selfplay is not on PATH here: export PATH="${missing}:$PATH"\n`);
    });
  };
  const hinting = (to: Output): Output => ({
    ...to,
    write: (text) => {
      to.write(text);
      hintAfter(text);
    },
  });
  return { output: hinting(output), messages: hinting(messages) };
}
