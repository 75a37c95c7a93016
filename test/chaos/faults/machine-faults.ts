import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

import type { World } from '../world/world.ts';
import { pick, type Draw, type Fault } from './fault.ts';

/** Six times as many as there are cores, each of which wants one for itself. */
const BUSY_PER_CORE = 6;
const HOUR = 3600;

const anyOf = (world: World, draw: Draw) =>
  pick([world.orchestrator, ...world.hosts()], draw, 'worker') ?? world.orchestrator;
const hostOf = (world: World, draw: Draw) => pick(world.hosts(), draw, 'host') ?? world.orchestrator;

/** What happens to machines that go on. */
export const MACHINE_FAULTS = {
  partition: {
    target: (world, draw) => `the line of ${anyOf(world, draw).machine.name}`,
    begin: (world, draw) => {
      const { machine } = anyOf(world, draw);
      machine.line.cut();
      return Promise.resolve(() => {
        if (machine.isAlive()) machine.line.mend();
      });
    },
  },
  'disk-full': {
    target: (world, draw) =>
      `the disk of ${draw.below(2, 'which') === 0 ? 'the store' : hostOf(world, draw).machine.name}`,
    begin: (world, draw) => {
      const { services } = world;
      const { machine } = hostOf(world, draw);
      if (draw.below(2, 'which') === 0) {
        services.fillStore();
        return Promise.resolve(services.emptyStore);
      }
      machine.fillDisk();
      return Promise.resolve(() => {
        if (machine.isAlive()) machine.emptyDisk();
      });
    },
  },
  'clock-jump': {
    target: (world, draw) => `the clock of ${anyOf(world, draw).machine.name}`,
    begin: (world, draw) => {
      const worker = anyOf(world, draw);
      worker.setClock(draw.below(2, 'direction') === 0 ? HOUR : -HOUR);
      return Promise.resolve(() => {
        if (worker.machine.isAlive()) worker.setClock(0);
      });
    },
  },
  load: {
    target: () => 'processors',
    begin: () => {
      const count = BUSY_PER_CORE * availableParallelism();
      const busy = Array.from({ length: count }, () =>
        spawn('/bin/sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }),
      );
      return Promise.resolve(() => {
        for (const child of busy) child.kill('SIGKILL');
      });
    },
  },
} as const satisfies Record<string, Fault>;
