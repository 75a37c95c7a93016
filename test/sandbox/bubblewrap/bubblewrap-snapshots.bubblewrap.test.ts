import path from 'node:path';

import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { describeSnapshots } from '../sandbox-snapshots.ts';
import { createBubblewrapHost } from './bubblewrap-host.ts';

describeSnapshots('bubblewrap', async () => {
  const host = await createBubblewrapHost();
  const stateDir = path.join(host.directory, 'another-state');
  return { ...host, openElsewhere: () => createBubblewrapSandboxes({ stateDir }) };
});
