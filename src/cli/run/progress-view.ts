import sliceAnsi from 'slice-ansi';

import type { Output } from '../text/output.ts';
import { progressEvents, renderProgress } from './run-progress.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** Shows a run as it goes on: a block that is redrawn on a terminal, a line per event in a pipe. */
export interface ProgressView {
  update(snapshot: RunSnapshot, elapsedMs: number): void;
  /** Takes the block away, so that what follows stands alone. */
  end(): void;
}

export function createProgressView(output: Output): ProgressView {
  return output.isTerminal ? createBlock(output) : createLines(output);
}

function createBlock(output: Output): ProgressView {
  let drawn = 0;
  // Up to the block's first line, then clear to the end of the screen.
  const erase = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  return {
    update: (snapshot, elapsedMs) => {
      // A line that wraps would be two, and the block would creep down the screen.
      const lines = renderProgress(snapshot, elapsedMs, output.colors).map((line) =>
        sliceAnsi(line, 0, output.columns()),
      );
      output.write(`${erase()}${lines.map((line) => `${line}\n`).join('')}`);
      drawn = lines.length;
    },
    end: () => {
      output.write(erase());
      drawn = 0;
    },
  };
}

function createLines(output: Output): ProgressView {
  let before: RunSnapshot | undefined;
  return {
    update: (snapshot) => {
      for (const event of progressEvents(before, snapshot)) output.write(`${event}\n`);
      before = snapshot;
    },
    end: () => undefined,
  };
}
