import { describeSnapshots } from '../sandbox-snapshots.ts';
import { createBubblewrapSnapshotHost } from './bubblewrap-host.ts';

describeSnapshots('bubblewrap', createBubblewrapSnapshotHost);
