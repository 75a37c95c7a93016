import { randomUUID } from 'node:crypto';

import type { Sandboxes } from '../../src/sandbox/sandbox.ts';
import type { BootedSandbox, Contestant } from './contestant.ts';

const LIMITS = { memoryBytes: 2 * 1024 ** 3, processes: 512, fileBytes: 1024 ** 3, cores: 2 };
// Far more than anything here takes; what hangs should end.
const COMMAND_MS = 60_000;

/** The sandbox port with one of its adapters, on a directory of this host. */
export function ownAdapter(name: 'docker' | 'bubblewrap', sandboxes: Sandboxes, directory: string): Contestant {
  return {
    name,
    async boot(): Promise<BootedSandbox> {
      const sandbox = await sandboxes.create({
        id: `bench-${randomUUID().slice(0, 8)}`,
        source: { kind: 'directory', directory },
        labels: { deployment: 'bench', run: 'bench', episode: 'bench' },
        lifetimeSeconds: 3600,
        leaseSeconds: 60,
        limits: LIMITS,
      });
      return {
        async run(script) {
          const argv = ['bash', '-c', script] as const;
          const outputCapBytes = 4 * 1024 ** 2;
          const { stdout } = await sandbox.run({ id: randomUUID(), argv, timeoutMs: COMMAND_MS, outputCapBytes });
          return stdout.head.length + stdout.tail.length;
        },
        destroy: () => sandbox.destroy(),
      };
    },
    close: () => sandboxes.close(),
  };
}
