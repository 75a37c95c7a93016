import type Docker from 'dockerode';

import { removeContainer } from './docker-build.ts';
import { callEngineAgain } from './docker-calls.ts';
import { deploymentFilter, isAbandoned } from './docker-helper-labels.ts';

/** Takes away this deployment's containers whose makers are gone; returns their names. */
export async function removeHelpers(docker: Docker, home: string): Promise<readonly string[]> {
  const found = await callEngineAgain('list of helpers', (abortSignal) =>
    docker.listContainers({ all: true, filters: deploymentFilter(home), abortSignal }),
  );
  const abandoned = found.filter(({ Labels }) => isAbandoned(Labels));
  for (const { Id } of abandoned) await removeContainer(docker, Id);
  return abandoned.map(({ Id, Names }) => Names[0]?.slice(1) ?? Id);
}
