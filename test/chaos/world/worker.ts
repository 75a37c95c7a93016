import { existsSync, openSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Machine } from '../machine/machine.ts';
import type { WorkerProgram } from '../worker/build-worker.ts';

/** A worker on a machine, started again whenever it dies, as an init system does. */
export interface Worker<On extends Machine = Machine> {
  readonly machine: On;
  readonly role: 'orchestrator' | 'sandbox-host';
  /** As `kill -9` does; nothing happens to one that is about to be started again. */
  kill(): void;
  /** Moves its clock by so many seconds against the world's. */
  setClock(seconds: number): void;
  /** For good, in order: SIGTERM. */
  stop(): Promise<void>;
}

export interface WorkerOptions<On extends Machine = Machine> {
  readonly program: WorkerProgram;
  readonly machine: On;
  readonly role: Worker['role'];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
}

/** As an init system waits, so that what dies at once does not take the whole machine. */
const RESTART_MS = 1_000;

/** Debian's; where it is missing, clocks stay as they are. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

export function keepWorker<On extends Machine>(options: WorkerOptions<On>): Worker<On> {
  const { machine, role } = options;
  const clock = join(machine.disk, 'clock');
  writeFileSync(clock, '+0\n');
  const state: { processId?: number | undefined; isStopping: boolean } = { isStopping: false };
  const signal = (name: NodeJS.Signals) => {
    if (state.processId !== undefined) process.kill(state.processId, name);
  };
  const kept = keep(options, clock, state);
  return {
    ...{ machine, role },
    kill: () => {
      signal('SIGKILL');
    },
    setClock: (seconds) => {
      writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    },
    stop: async () => {
      state.isStopping = true;
      signal('SIGTERM');
      await kept;
    },
  };
}

async function keep(
  options: WorkerOptions,
  clock: string,
  state: { processId?: number | undefined; isStopping: boolean },
): Promise<void> {
  const { machine } = options;
  while (!state.isStopping && machine.isAlive()) {
    const child = startWorker(options, clock);
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

function startWorker({ program, machine, role, environment, log }: WorkerOptions, clock: string) {
  const out = openSync(log, 'a');
  const faked = {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    // Steps of the wall clock; what the system measures durations with does not jump on a real machine either.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const argv = [process.execPath, '--import', program.preload, program.main, 'worker', `--${role}`] as const;
  return machine.start([...argv, '--sandbox', 'bubblewrap'], {
    stdio: ['ignore', out, out],
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: machine.disk, NODE_OPTIONS: '--max-old-space-size=1024' },
      ...environment,
      ...{ SELFPLAY_HOME: join(machine.disk, 'home'), SELFPLAY_HOST_ID: machine.name },
      ...{ SELFPLAY_CAPACITY: '4', SELFPLAY_LOG_LEVEL: 'warn', CHAOS_WORKFLOWS: program.workflows },
      ...(existsSync(FAKETIME) ? faked : {}),
    },
  });
}

/** Why clocks cannot be moved here; undefined when they can. */
export function clockProblem(): string | undefined {
  return existsSync(FAKETIME) ? undefined : `there is no ${FAKETIME}; apt-get install libfaketime`;
}
