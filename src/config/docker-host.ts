/** Where Docker's own programs look for the engine: `DOCKER_HOST`, undefined where it is not set. */
export function readDockerHost(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  return variables.DOCKER_HOST === '' ? undefined : variables.DOCKER_HOST;
}
