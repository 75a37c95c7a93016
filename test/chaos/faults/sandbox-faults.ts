import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { OwnMachine } from '../machine/machine.ts';
import type { World } from '../world/world.ts';
import { nothing, pick, type Draw, type Fault } from './fault.ts';

interface Standing {
  readonly machine: OwnMachine;
  readonly directory: string;
}

/** Every sandbox that stands now, in the order of their names. */
function standing(world: World): readonly Standing[] {
  return world.hosts().flatMap(({ machine }) => {
    const sandboxes = join(machine.disk, 'home', 'sandboxes');
    return namesIn(sandboxes)
      .filter((name) => !name.startsWith('.'))
      .map((name) => ({ machine, directory: join(sandboxes, name) }));
  });
}

function killSupervisor({ machine, directory }: Standing): void {
  const [processId = ''] = readFileSync(join(directory, 'supervisor.pid'), 'utf8').split(' ');
  if (Number(processId) > 1) machine.run('kill', '-9', processId);
}

/** Sandboxes come and go; one that is gone by now has met its end. */
function onSandbox(act: (sandbox: Standing) => void): Fault['begin'] {
  return (world: World, draw: Draw) => {
    const sandbox = pick(standing(world), draw, 'sandbox');
    try {
      if (sandbox !== undefined) act(sandbox);
    } catch {
      return Promise.resolve(nothing);
    }
    return Promise.resolve(nothing);
  };
}

/** What happens to a sandbox under the rollout that is played in it. */
export const SANDBOX_FAULTS = {
  'supervisor-kill': { target: () => 'a sandbox', begin: onSandbox(killSupervisor) },
  'sandbox-removed': {
    target: () => 'a sandbox',
    begin: onSandbox((sandbox) => {
      killSupervisor(sandbox);
      sandbox.machine.run('rm', '-rf', sandbox.directory);
    }),
  },
} as const satisfies Record<string, Fault>;

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
