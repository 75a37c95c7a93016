import { availableParallelism } from 'node:os';
import path from 'node:path';

import type { Environment } from '../../src/config/environment.ts';
import { createBubblewrapSandboxes } from '../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createDockerSandboxes } from '../../src/sandbox/docker/docker-sandboxes.ts';
import type { Sandboxes } from '../../src/sandbox/sandbox.ts';
import { dockerOptions } from '../../src/workers/choose-sandboxes.ts';
import { createDockerPerState } from './docker-per-state.ts';

/** A way to build and run the states of a validation. */
export interface Contestant {
  readonly name: 'bubblewrap' | 'docker' | 'dockerPerState';
  readonly sandboxes: Sandboxes;
  /** States under way at once. */
  readonly concurrency: number;
  readonly usesEngine: boolean;
}

export function openContestants(environment: Environment): readonly Contestant[] {
  const options = dockerOptions(environment);
  const concurrency = availableParallelism();
  const bubblewrap = createBubblewrapSandboxes({ stateDir: path.join(environment.home, 'sandboxes') });
  return [
    { name: 'bubblewrap', sandboxes: bubblewrap, concurrency, usesEngine: false },
    { name: 'docker', sandboxes: createDockerSandboxes(options), concurrency, usesEngine: true },
    { name: 'dockerPerState', sandboxes: createDockerPerState(options), concurrency: 1, usesEngine: true },
  ];
}
