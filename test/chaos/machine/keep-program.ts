import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Machine } from './machine.ts';

/** A program that is started again whenever it dies, as an init system does. */
export interface KeptProgram {
  /** As `kill -9` does; nothing happens to one that is about to be started again. */
  kill(): void;
  /** For good, in order: SIGTERM. */
  stop(): Promise<void>;
}

/** As an init system waits, so that what dies at once does not take the whole machine. */
const RESTART_MS = 1_000;

export function keepProgram(machine: Machine, start: () => ChildProcess): KeptProgram {
  const state: State = { isStopping: false };
  const signal = (name: NodeJS.Signals) => {
    if (state.processId !== undefined) process.kill(state.processId, name);
  };
  const kept = keep(machine, start, state);
  return {
    kill: () => {
      signal('SIGKILL');
    },
    stop: async () => {
      state.isStopping = true;
      signal('SIGTERM');
      await kept;
    },
  };
}

interface State {
  /** Undefined between a death and the next start. */
  processId?: number | undefined;
  isStopping: boolean;
}

async function keep(machine: Machine, start: () => ChildProcess, state: State): Promise<void> {
  while (!state.isStopping && machine.isAlive()) {
    const child = start();
    const ended = once(child, 'exit');
    void machine.processIdOf(child).then(
      (processId) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        state.processId = processId;
        if (state.isStopping) process.kill(processId, 'SIGTERM');
      },
      // It has ended before it was seen.
      () => undefined,
    );
    await ended;
    state.processId = undefined;
    await sleep(RESTART_MS);
  }
}
