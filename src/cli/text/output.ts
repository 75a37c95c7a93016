import type { Writable } from 'node:stream';

import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

export const PLAIN: Colors = pc.createColors(false);

/** Where a command writes: a terminal of a width, or a pipe or file, where lines are never cut and carry no colour. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: () => number;
  readonly colors: Colors;
}

/** A stream that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const USUAL_COLUMNS = 80;

/**
 * A standard stream as an output. When its reader goes away (`selfplay episodes | head`), nothing more is written and
 * `onClosed` is told; a command with something to clean up still does.
 */
export function createOutput(stream: OutputStream, onClosed: () => void): Output {
  const isTerminal = stream.isTTY === true;
  let closed = false;
  stream.on('error', (error) => {
    closed = true;
    if ('code' in error && error.code === 'EPIPE') onClosed();
  });
  return {
    write: (text) => {
      if (!closed) stream.write(text);
    },
    isTerminal,
    columns: () => (isTerminal ? (stream.columns ?? USUAL_COLUMNS) : Number.POSITIVE_INFINITY),
    // picocolors honours NO_COLOR and TERM=dumb, but takes CI for a terminal.
    colors: pc.createColors(isTerminal && pc.isColorSupported),
  };
}

export function writeJson(output: Output, document: unknown): void {
  output.write(`${JSON.stringify(document, null, 2)}\n`);
}
