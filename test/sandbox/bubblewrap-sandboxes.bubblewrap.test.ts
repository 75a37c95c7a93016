import { createBubblewrapHost } from './bubblewrap-host.ts';
import { describeRealPrograms, describeSandboxContract } from './sandbox-contract.ts';
import { describeSandboxIsolation } from './sandbox-isolation.ts';

describeSandboxContract('bubblewrap', createBubblewrapHost);
describeRealPrograms('bubblewrap', createBubblewrapHost);
describeSandboxIsolation('bubblewrap', async () => {
  const host = await createBubblewrapHost();
  return { ...host, privatePaths: [host.stateDir, host.directory], supervisorPattern: 'supervisor[.]main' };
});
