import { createBubblewrapHost } from './bubblewrap-host.ts';
import { describeCommandsApart } from '../sandbox-apart.ts';
import { describeSandboxContract } from '../sandbox-contract.ts';
import { describeSandboxIsolation } from '../sandbox-isolation.ts';
import { describeSandboxWorkers } from '../sandbox-workers.ts';

describeSandboxContract('bubblewrap', { realPrograms: true }, createBubblewrapHost);
describeSandboxIsolation('bubblewrap', { rootFileSystem: 'host' }, async () => {
  const host = await createBubblewrapHost();
  return { ...host, privatePaths: [host.stateDir, host.directory], supervisorPattern: 'supervisor[.]main' };
});
describeCommandsApart('bubblewrap', { sharesElsewhere: false }, createBubblewrapHost);
describeSandboxWorkers('bubblewrap', createBubblewrapHost);
