import { createDockerHost } from './docker-host.ts';
import { describeSandboxUnderLoad } from '../sandbox-under-load.ts';

describeSandboxUnderLoad('docker', createDockerHost);
