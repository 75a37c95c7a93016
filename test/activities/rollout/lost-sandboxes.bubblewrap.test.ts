import { createBubblewrapSnapshotHost } from '../../sandbox/bubblewrap/bubblewrap-host.ts';
import { describeLostSandboxes } from './lost-sandboxes.ts';

describeLostSandboxes('bubblewrap', createBubblewrapSnapshotHost);
