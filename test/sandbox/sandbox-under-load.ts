import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { timelinessOf } from '../../src/domain/report/timeliness.ts';
import type { Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, type ContractHost, text } from './contract-host.ts';

/** Six busy processes for each processor leave a command a seventh of one, or less where others are at work, too. */
const BUSY_FOR_EACH_CORE = 6;
/** What takes a second on an idle machine takes a minute or two beside other test runs; it must never be reached. */
const FAR_MS = 900_000;

/** Uses so much of a processor and ends. */
const using = (seconds: number) => `python3 -c 'import time
while time.process_time() < ${seconds}: pass
print("done")'`;

/** The same in programs that each end before anybody looks at them. */
const usingBriefly = (programs: number) => `for i in $(seq ${programs}); do expr $i + 1 > /dev/null; done; echo done`;

/** Suite 3: load decides nothing. The processes that make it belong to nobody's sandbox. */
export function describeSandboxUnderLoad(name: string, makeHost: () => Promise<ContractHost>): void {
  describe(`${name} on a machine under load`, { timeout: FAR_MS }, () => {
    let host: ContractHost;
    let sandboxes: Sandboxes;
    let sandbox: Sandbox;
    const busy: ChildProcess[] = [];

    beforeAll(async () => {
      host = await makeHost();
      sandboxes = host.open();
      sandbox = await sandboxes.create(aSandbox(host, { lifetimeSeconds: FAR_MS / 1000 }));
      for (let process = 0; process < BUSY_FOR_EACH_CORE * availableParallelism(); process += 1)
        // Sessions of their own: Linux shares processors out among sessions first, where it groups them.
        busy.push(spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore', detached: true }));
    }, FAR_MS);
    afterAll(async () => {
      for (const process of busy) process.kill('SIGKILL');
      await sandboxes.destroy(sandbox.id);
      await sandboxes.close();
      await host.cleanUp();
    }, FAR_MS);

    // A script that needs a minute of its 90 s would take seven minutes here. One that needs the same part of a shorter
    // limit meets the same: it takes half a minute, five times its limit.
    it.each([
      ['one program that computes', using(4), 6_000],
      ['hundreds of short programs', usingBriefly(1000), 4_000],
    ])('lets a command end that needs less of the machine than its limit: %s', async (_, script, timeoutMs) => {
      const result = await sandbox.run(aCommand(script, { timeoutMs }));
      expect(result).toMatchObject({ ending: 'exited', exitCode: 0 });
      expect(text(result.stdout)).toBe('done\n');
    });

    it.each([
      ['sleeps', 'sleep 100000'],
      ['computes', 'while :; do :; done'],
      ['keeps itself from the processors', 'for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait'],
    ])('ends a command that has had its time and %s for ever', async (_, script) => {
      const result = await sandbox.run(aCommand(script, { timeoutMs: 1_000 }));
      expect(result.ending).toBe('timed-out');
      expect(result.share).toBeDefined();
      expect(timelinessOf(result)).toBe('overdue');
    });
  });
}
