import { createDockerHost, createDockerImageHost } from './docker-host.ts';
import { describeCommandsApart } from '../sandbox-apart.ts';
import { describeSandboxContract } from '../sandbox-contract.ts';
import { describeSandboxIsolation } from '../sandbox-isolation.ts';
import { describeSandboxWorkers } from '../sandbox-workers.ts';

describeSandboxContract('docker with a directory', { realPrograms: true }, createDockerHost);
describeSandboxContract('docker with an image', { realPrograms: true }, createDockerImageHost);
describeSandboxIsolation('docker', { rootFileSystem: 'image' }, async () => {
  const host = await createDockerHost();
  return { ...host, privatePaths: [host.directory, '/var/lib/docker'], supervisorPattern: 'docker[d]' };
});
describeCommandsApart('docker', { sharesElsewhere: true }, createDockerHost);
describeSandboxWorkers('docker', createDockerHost);
