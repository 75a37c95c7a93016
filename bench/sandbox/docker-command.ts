import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { BootedSandbox, Contestant } from './contestant.ts';

const execute = promisify(execFile);
const MAX_BUFFER = 16 * 1024 ** 2;

/** The docker command for everything: `docker run`, then `docker exec`. */
export function dockerCommand(image: string): Contestant {
  return {
    name: 'dockerCli',
    async boot(): Promise<BootedSandbox> {
      const { stdout } = await execute('docker', ['run', '-d', '--rm', '--network', 'none', image, 'sleep', '2h']);
      const id = stdout.trim();
      return {
        async run(script) {
          const result = await execute('docker', ['exec', id, 'bash', '-c', script], { maxBuffer: MAX_BUFFER });
          return result.stdout.length;
        },
        async destroy() {
          await execute('docker', ['rm', '--force', id]);
        },
      };
    },
    close: () => Promise.resolve(),
  };
}
