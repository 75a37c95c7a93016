import { statfs } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';

import type { Environment } from '../config/environment.ts';
import { bubblewrapProblem } from '../sandbox/bubblewrap-problem.ts';
import { dockerProblem } from '../sandbox/docker-problem.ts';
import { defaultPython } from '../sandbox/supervisor-process.ts';
import { dockerOptions } from './choose-sandboxes.ts';

/** One thing that a host needs, and how it stands. */
export interface HostCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong with the way out. */
  readonly detail: string;
}

/** A run of the demo writes a few hundred MB; with less than this a run is likely to end on a full disk. */
const SPARE_BYTES = 2 * 1024 ** 3;

/** What the sandbox backends and the store need of this host; one working backend is enough. */
export async function checkHost(environment: Environment): Promise<readonly HostCheck[]> {
  const docker = await dockerProblem(dockerOptions(environment));
  const bubblewrap = await bubblewrapProblem({ bwrap: '/usr/bin/bwrap', python: defaultPython() });
  const one = docker === undefined || bubblewrap === undefined;
  return [
    { name: 'docker', ok: one, detail: docker ?? 'the engine answers and is set up' },
    { name: 'bubblewrap', ok: one, detail: bubblewrap ?? 'runs a sandbox as an unprivileged user' },
    await checkDisk(environment.home),
  ];
}

async function checkDisk(home: string): Promise<HostCheck> {
  mkdirSync(home, { recursive: true });
  const { bavail, bsize } = await statfs(home);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free at ${home}`;
  if (free >= SPARE_BYTES) return { name: 'disk', ok: true, detail };
  return { name: 'disk', ok: false, detail: `${detail}; free some, or give another --home` };
}
