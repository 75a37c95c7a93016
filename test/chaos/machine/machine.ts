import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { fill } from './fill.ts';
import type { Line } from './network.ts';

/** Where workers run. */
export interface Machine {
  readonly name: string;
  /** Its disk. */
  readonly disk: string;
  readonly isAlive: () => boolean;
  start(argv: readonly [string, ...string[]], options: SpawnOptions): ChildProcess;
  /** The process of a started program, seen from here. */
  processIdOf(child: ChildProcess): Promise<number>;
}

/** A machine of its own on this one: its processes, mounts, disk and network end with it. */
export interface OwnMachine extends Machine {
  readonly line: Line;
  /** Its first process, whose end is the machine's. */
  readonly init: number;
  /** Runs a program in it and returns what it writes. */
  run(...argv: readonly [string, ...string[]]): string;
  /** Nothing more fits on its disk until it is emptied again. */
  fillDisk(): void;
  emptyDisk(): void;
  /** The machine is gone, with everything on it. */
  destroy(): Promise<void>;
}

/** Takes over what has lost its parent, as the first process of a machine does. */
const INIT = `
import os, time
while True:
    try:
        os.wait()
    except ChildProcessError:
        time.sleep(0.1)
`;

/** Enough for a host's sandboxes and the images of an engine, little enough to be filled at once. */
const DISK = '1g';

export async function createMachine(name: string, directory: string, line: Line): Promise<OwnMachine> {
  const disk = join(directory, name);
  mkdirSync(disk, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=755`, 'tmpfs', disk]);
  const keeper = spawn(
    'nsenter',
    [
      // Not by `ip netns exec`, which hides the control groups that an engine needs.
      ...[`--net=/run/netns/${line.namespace}`, 'unshare', '--fork', '--kill-child=SIGKILL', '--pid', '--mount-proc'],
      ...['python3', '-c', INIT],
    ],
    { stdio: 'ignore', cwd: '/', env: { PATH: process.env.PATH ?? '', CHAOS_MACHINE: disk } },
  );
  const ended = once(keeper, 'exit');
  const init = await childOf(keeper.pid ?? 0);
  const enter = ['--target', String(init), '--pid', '--mount', '--net', '--'];
  const ballast = join(disk, 'ballast');
  return {
    ...{ name, disk, line, init },
    isAlive: () => keeper.exitCode === null && keeper.signalCode === null,
    start: (argv, options) => spawn('nsenter', [...enter, ...argv], options),
    processIdOf: (child) => childOf(child.pid ?? 0),
    run: (...argv) =>
      execFileSync('nsenter', [...enter, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    fillDisk: () => {
      fill(ballast);
    },
    emptyDisk: () => {
      rmSync(ballast, { force: true });
    },
    destroy: async () => {
      process.kill(init, 'SIGKILL');
      await ended;
      line.remove();
      execFileSync('umount', ['--lazy', disk]);
      rmSync(disk, { recursive: true });
    },
  };
}

/** This machine itself. */
export function thisMachine(name: string, disk: string): Machine {
  mkdirSync(disk, { recursive: true });
  return {
    ...{ name, disk, isAlive: () => true },
    start: ([program, ...parameters], options) => spawn(program, parameters, options),
    processIdOf: (child) => Promise.resolve(child.pid ?? 0),
  };
}

/** The process that a program has started. */
async function childOf(parent: number): Promise<number> {
  for (;;) {
    const child = Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')[0]);
    // Between its start and that of the process itself lie other programs under the same number.
    if (child > 0) return child;
    await sleep(10);
  }
}
