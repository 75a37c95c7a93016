import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Environment } from '../config/environment.ts';
import { bubblewrapProblem } from '../sandbox/bubblewrap/bubblewrap-problem.ts';
import { dockerProblem } from '../sandbox/docker/docker-problem.ts';
import { defaultPython } from '../sandbox/bubblewrap/supervisor-program.ts';
import { dockerOptions } from './choose-sandboxes.ts';

/** One thing that a host needs, and how it stands. */
export interface HostCheck {
  readonly name: string;
  /** `note`: it is missing, and the host can do without it. */
  readonly status: 'ok' | 'problem' | 'note';
  /** What was found, or what is wrong with the way out. */
  readonly detail: string;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** A run of the demo writes a few hundred MB; with less than this a run is likely to end on a full disk. */
const SPARE_BYTES = 2 * GIB;
/** Databases and snapshots of what is in flight; below it writes begin to fail one by one. */
const NEEDED_BYTES = 128 * MIB;

/** What the sandbox backends and the store need of this host; one working backend is enough. */
export async function checkHost(environment: Environment): Promise<readonly HostCheck[]> {
  const docker = await dockerProblem(dockerOptions(environment));
  const bubblewrap = await bubblewrapProblem({ bwrap: '/usr/bin/bwrap', python: defaultPython() });
  return [...backendChecks({ docker, bubblewrap }), checkDisk(environment.home)];
}

/** Given why each backend cannot be used; undefined for one that can. */
export function backendChecks({
  docker,
  bubblewrap,
}: Readonly<Record<'docker' | 'bubblewrap', string | undefined>>): readonly HostCheck[] {
  const missing = docker === undefined || bubblewrap === undefined ? 'note' : 'problem';
  const check = (name: string, problem: string | undefined, works: string): HostCheck =>
    problem === undefined ? { name, status: 'ok', detail: works } : { name, status: missing, detail: problem };
  return [
    check('docker', docker, 'the engine answers and is set up'),
    check('bubblewrap', bubblewrap, 'runs a sandbox as an unprivileged user'),
  ];
}

function checkDisk(home: string): HostCheck {
  const free = freeBytes(home);
  const detail = `${(free / GIB).toFixed(1)} GiB free at ${home}`;
  if (free >= SPARE_BYTES) return { name: 'disk', status: 'ok', detail };
  return { name: 'disk', status: 'problem', detail: `${detail}; free some, or give another --home` };
}

/** Why work on this home would stand still, or end at once; undefined while there is room. */
export function diskProblem(home: string, free = freeBytes(home)): string | undefined {
  if (free >= NEEDED_BYTES) return undefined;
  return `only ${Math.floor(free / MIB)} MiB are free at ${home}, of ${NEEDED_BYTES / MIB} that work needs; free some, or give another --home`;
}

/** What its file system has left for us; of a home that is not there yet, the one that it would be on. */
function freeBytes(home: string): number {
  let place = home;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize;
}
