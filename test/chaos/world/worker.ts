import { existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readEnvironment } from '../../../src/config/environment.ts';
import { keepProgram, type KeptProgram } from '../machine/keep-program.ts';
import type { Machine } from '../machine/machine.ts';
import type { WorkerProgram } from '../worker/build-worker.ts';

export type Backend = 'bubblewrap' | 'docker';

/** A worker on a machine. */
export interface Worker extends KeptProgram {
  readonly role: 'orchestrator' | 'sandbox-host';
  /** Moves its clock by so many seconds against the world's. */
  setClock(seconds: number): void;
}

export interface WorkerOptions {
  readonly program: WorkerProgram;
  readonly machine: Machine;
  readonly role: Worker['role'];
  readonly backend: Backend;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
}

/** Debian's; where it is missing, clocks stay as they are. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

export function keepWorker(options: WorkerOptions): Worker {
  const { machine, role } = options;
  const clock = join(machine.disk, 'clock');
  writeFileSync(clock, '+0\n');
  return {
    ...keepProgram(machine, () => startWorker(options, clock)),
    role,
    setClock: (seconds) => {
      writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    },
  };
}

/** Why clocks cannot be moved here; undefined when they can. */
export function clockProblem(): string | undefined {
  return existsSync(FAKETIME) ? undefined : `there is no ${FAKETIME}; apt-get install libfaketime`;
}

function startWorker({ program, machine, role, backend, environment, log }: WorkerOptions, clock: string) {
  const out = openSync(log, 'a');
  const faked = {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    // Steps of the wall clock; what the system measures durations with does not jump on a real machine either.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const argv = [process.execPath, '--import', program.preload, program.main, 'worker', `--${role}`] as const;
  return machine.start([...argv, '--sandbox', role === 'orchestrator' ? 'bubblewrap' : backend], {
    stdio: ['ignore', out, out],
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: machine.disk, NODE_OPTIONS: '--max-old-space-size=1024' },
      ...environment,
      ...{
        SELFPLAY_HOME: join(machine.disk, 'home'),
        SELFPLAY_HOST_ID: machine.name,
        SELFPLAY_CACHE: readEnvironment().cache,
      },
      ...{ SELFPLAY_CAPACITY: '4', SELFPLAY_LOG_LEVEL: 'warn', CHAOS_WORKFLOWS: program.workflows },
      ...(clockProblem() === undefined ? faked : {}),
    },
  });
}
