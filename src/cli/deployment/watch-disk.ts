import { diskProblem } from '../../workers/host-problems.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import type { Output } from '../text/output.ts';

/** A run of the demo writes a few MiB a second. */
const LOOK_MS = 5_000;

/** Nothing is started on a disk that is full already. */
export function requireDisk(home: string): void {
  const problem = diskProblem(home);
  if (problem !== undefined) throw new CommandFailure(problem, EXIT.infrastructure);
}

/** Says when the disk gets full and when there is room again: what is in flight waits for it. */
export function watchDisk(home: string, messages: Output): { stop(): void } {
  let full = false;
  const timer = setInterval(() => {
    const problem = diskProblem(home);
    if (problem !== undefined && !full) messages.write(`${problem}; until then runs stand still\n`);
    if (problem === undefined && full) messages.write('there is room on the disk again\n');
    full = problem !== undefined;
  }, LOOK_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
