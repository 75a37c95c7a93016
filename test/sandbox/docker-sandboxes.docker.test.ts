import { createDockerHost } from './docker-host.ts';
import { describeSandboxContract } from './sandbox-contract.ts';
import { describeSandboxIsolation } from './sandbox-isolation.ts';

describeSandboxContract('docker', { realPrograms: true }, createDockerHost);
describeSandboxIsolation('docker', { rootFileSystem: 'image' }, async () => {
  const host = await createDockerHost();
  return { ...host, privatePaths: [host.directory, '/var/lib/docker'], supervisorPattern: 'docker[d]' };
});
