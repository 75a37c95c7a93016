import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { createDockerHost } from '../../sandbox/docker/docker-host.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { describeLostSandboxes } from './lost-sandboxes.ts';

// What a second engine knows is the matter of docker-snapshots.docker.test.ts; here a second home is enough.
describeLostSandboxes('docker', async () => {
  const host = await createDockerHost();
  return { ...host, openElsewhere: () => createDockerSandboxes(dockerOptions()) };
});
