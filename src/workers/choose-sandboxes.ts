import { join } from 'node:path';

import type { Environment } from '../config/environment.ts';
import { SandboxUnavailableError } from '../domain/failure/errors.ts';
import { createBubblewrapSandboxes } from '../sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { dockerProblem } from '../sandbox/docker/docker-problem.ts';
import { createDockerSandboxes, type DockerOptions } from '../sandbox/docker/docker-sandboxes.ts';
import { createPreparedSandboxes } from '../sandbox/prepared/prepared-sandboxes.ts';
import type { Sandboxes } from '../sandbox/sandbox.ts';

/** Which sandbox backend a host uses; `auto` is docker where an engine answers and is set up, else bubblewrap. */
export type SandboxChoice = 'auto' | 'docker' | 'bubblewrap';

export interface ChosenSandboxes {
  readonly sandboxes: Sandboxes;
  /** Which backend it is and why, in a sentence for a person. */
  readonly reason: string;
}

/** Throws `SandboxUnavailableError` when docker is asked for and cannot be had. */
export async function chooseSandboxes(
  environment: Environment,
  choice: SandboxChoice,
  say: (what: string) => void = () => undefined,
): Promise<ChosenSandboxes> {
  const { sandboxes, reason } = await chooseBackend(environment, choice, say);
  const directory = join(environment.home, 'environments');
  return { sandboxes: createPreparedSandboxes(sandboxes, { directory }), reason };
}

async function chooseBackend(
  environment: Environment,
  choice: SandboxChoice,
  say: (what: string) => void,
): Promise<ChosenSandboxes> {
  if (choice === 'bubblewrap') return bubblewrap(environment, 'as asked for');
  const options = dockerOptions(environment, say);
  const problem = await dockerProblem(options);
  if (problem === undefined) return { sandboxes: createDockerSandboxes(options), reason: 'sandboxes: docker' };
  if (choice === 'auto') return bubblewrap(environment, problem);
  throw new SandboxUnavailableError(`docker: ${problem}. Or use --sandbox bubblewrap`);
}

/** What this environment says of the engine. */
export function dockerOptions(
  { home, cache, docker }: Environment,
  say: (what: string) => void = () => undefined,
): DockerOptions {
  return { home, ...docker, toolsArchive: join(cache, 'docker', 'tools.tar'), say };
}

function bubblewrap({ home }: Environment, why: string): ChosenSandboxes {
  const sandboxes = createBubblewrapSandboxes({ stateDir: join(home, 'sandboxes') });
  return { sandboxes, reason: `sandboxes: bubblewrap (${why})` };
}
