import { createBubblewrapHost } from './bubblewrap-host.ts';
import { describeSandboxUnderLoad } from '../sandbox-under-load.ts';

describeSandboxUnderLoad('bubblewrap', createBubblewrapHost);
