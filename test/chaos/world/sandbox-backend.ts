import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { keepEngine, type Engine } from '../machine/engine.ts';
import type { OwnMachine } from '../machine/machine.ts';

/** The sandboxes of a machine, for faults to happen to. */
export interface SandboxBackend {
  /** Names of those that stand, in order. */
  standing(): readonly string[];
  killSupervisor(sandbox: string): void;
  /** With everything that it consists of. */
  remove(sandbox: string): void;
  /** Where bubblewrap has a folder for each. */
  readonly folder: string;
  /** Where the sandboxes are containers. */
  readonly engine?: Engine;
}

export function bubblewrapOn(machine: OwnMachine): SandboxBackend {
  const folder = join(machine.disk, 'home', 'sandboxes');
  const killSupervisor = (sandbox: string) => {
    const [processId = ''] = readFileSync(join(folder, sandbox, 'supervisor.pid'), 'utf8').split(' ');
    if (Number(processId) > 1) machine.run('kill', '-9', processId);
  };
  return {
    folder,
    standing: () => namesIn(folder).filter((name) => !name.startsWith('.')),
    killSupervisor,
    remove: (sandbox) => {
      killSupervisor(sandbox);
      killInhabitants(join(folder, sandbox, 'data', 'home'));
      machine.run('rm', '-rf', join(folder, sandbox));
    },
  };
}

export async function dockerOn(machine: OwnMachine, log: string): Promise<SandboxBackend> {
  const engine = await keepEngine(machine, log);
  const docker = (...parameters: readonly string[]) => machine.run('docker', '--host', engine.host, ...parameters);
  return {
    engine,
    folder: join(machine.disk, 'home', 'sandboxes'),
    standing: () => {
      try {
        const label = 'label=selfplay.deployment';
        return docker('ps', '--all', '--quiet', '--filter', label).split('\n').filter(Boolean).sort();
      } catch {
        // The engine is dead just now.
        return [];
      }
    },
    killSupervisor: (sandbox) => {
      const processId = docker('inspect', '--format', '{{.State.Pid}}', sandbox).trim();
      if (Number(processId) > 1) machine.run('kill', '-9', processId);
    },
    remove: (sandbox) => {
      docker('rm', '--force', sandbox);
    },
  };
}

/** Whoever removes a sandbox ends what lives in it, as an engine does: a supervisor's death leaves what is just beginning. */
function killInhabitants(home: string): void {
  const own = statSync(home);
  for (const processId of namesIn('/proc').map(Number).filter(Number.isInteger)) {
    try {
      const seen = statSync(`/proc/${processId}/root/home/agent`);
      if (seen.dev === own.dev && seen.ino === own.ino) process.kill(processId, 'SIGKILL');
    } catch {
      // It has ended, or sees no such folder.
      continue;
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
