import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, endAll, eventually, LONG_MS, type SharedHost, text } from './contract-host.ts';

/** Suite 4: sandboxes and the workers that come and go on their host. */
export function describeSandboxWorkers(name: string, makeHost: () => Promise<SharedHost>): void {
  describe(`${name} and the workers of its host`, { timeout: 2 * LONG_MS }, () => {
    let host: SharedHost;
    let sandboxes: Sandboxes;

    beforeEach(async () => {
      host = await makeHost();
      sandboxes = host.open();
    });
    afterEach(async () => {
      await endAll(sandboxes);
      await host.cleanUp();
    });

    /** A worker in the middle of a command is killed. */
    async function killWorker(id: string, leaseSeconds: number): Promise<void> {
      const script = fileURLToPath(new URL('processes/abandoned-client.ts', import.meta.url));
      const { place, directory } = host;
      const parameters = ['--import', 'tsx', script, ...place, `${directory}/source`, id, String(leaseSeconds)];
      // A process group of its own, as a worker that is killed by its service manager has.
      const worker = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
      await once(worker.stdout, 'data');
      process.kill(-(worker.pid ?? 0), 'SIGKILL');
    }

    it('keeps a command running and its result when its worker is killed, and never runs it again', async () => {
      await killWorker('abandoned', 60);
      const sandbox = await sandboxes.attach('abandoned');
      const command = aCommand('echo run >> /tmp/count; sleep 2; cat /tmp/count', { id: 'outlives' });
      expect(text((await sandbox.run(command)).stdout)).toBe('run\n');
      expect(text((await sandbox.run(command)).stdout)).toBe('run\n');
    });

    it('ends everything when a killed worker has no successor within the lease', async () => {
      await killWorker('forgotten', 1);
      await eventually(async () => (await sandboxes.list()).length === 0);
    });

    it('boots one sandbox when two workers ask for it at the same time', async () => {
      const request = aSandbox(host);
      const workers = [host.open(), host.open(), host.open()];
      const [first, ...others] = await Promise.all(workers.map((worker) => worker.create(request)));
      await first?.write('/repo/mark', Buffer.from('one'));
      for (const other of others) expect((await other.read('/repo/mark', { maxBytes: 9 })).found).toBe(true);
      expect(await sandboxes.list()).toHaveLength(1);
      for (const worker of workers) await worker.close();
    });
  });
}
