import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startOrphanReaper } from '../../src/sandbox/orphan-reaper.ts';
import type { Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aSandbox, endAll, eventually, LONG_MS, type SharedHost } from './contract-host.ts';
import { hostProcesses } from './host-processes.ts';

export interface KillHost extends SharedHost {
  /** Another deployment on the same engine or machine. */
  openOther(): Sandboxes;
  /** Everything but caches that sandboxes have left: directories, containers, volumes, mounts. */
  findLeft(): Promise<readonly string[]>;
}

/** In milliseconds after the worker begins: in its first boots with what they are made of, and in the midst of all. */
const MOMENTS = [0, 150, 300, 500, 900, 2000, 3500];
// Slept for by the commands of these sandboxes and by nothing else.
const MARKER = 43_210;
const LEASE_SECONDS = 2;

/** Suite 6: what is left of a worker that is killed, whatever it was at. */
export function describeKills(name: string, makeHost: () => Promise<KillHost>): void {
  describe(`${name} and workers that are killed`, { timeout: 2 * LONG_MS }, () => {
    let host: KillHost;
    let sandboxes: Sandboxes;

    beforeEach(async () => {
      host = await makeHost();
      sandboxes = host.open();
    });
    afterEach(async () => {
      await endAll(sandboxes);
      await host.cleanUp();
    });

    async function killWorkerAfter(milliseconds: number, marker: string): Promise<void> {
      const script = fileURLToPath(new URL('processes/busy-worker.ts', import.meta.url));
      const { place, directory } = host;
      // A source of its own, so that it has to be made ready for sandboxes first.
      await writeFile(path.join(directory, 'source', 'marker'), marker);
      const own = [...place, `${directory}/source`, String(LEASE_SECONDS), marker];
      const worker = spawn(process.execPath, ['--import', 'tsx', script, ...own], {
        ...{ stdio: ['ignore', 'pipe', 'inherit'], detached: true },
      });
      await once(worker.stdout, 'data');
      await sleep(milliseconds);
      process.kill(-(worker.pid ?? 0), 'SIGKILL');
      await once(worker, 'close');
      // What it has asked for comes to be all the same: a round of the reaper that is too early finds it the next time.
      await sleep(500);
    }

    async function sweepOnce(options: { readonly ownersLive: boolean; readonly laterMs: number }): Promise<void> {
      const problems: unknown[] = [];
      const reaper = startOrphanReaper({
        ...{ sandboxes, deployment: 'tests', intervalMs: 3_600_000 },
        ownerLives: () => Promise.resolve(options.ownersLive),
        now: () => Date.now() + options.laterMs,
        onProblem: (problem) => problems.push(problem),
      });
      await reaper.stop();
      expect(problems).toEqual([]);
    }

    async function expectNothingLeft(marker: string): Promise<void> {
      // What starts supervisors for this worker is its own.
      await sandboxes.close();
      // A supervisor answers when everything is removed, and is itself gone a moment later.
      await eventually(async () => (await hostProcesses(host.place[1])).length === 0);
      await eventually(async () => (await hostProcesses(`sleep\u0000${marker}`)).length === 0);
      expect(await host.findLeft()).toEqual([]);
    }

    it.each(MOMENTS)('%i ms after it began leaves nothing beyond one round of the reaper', async (moment) => {
      const marker = String(MARKER + moment);
      await killWorkerAfter(moment, marker);
      await sweepOnce({ ownersLive: false, laterMs: 0 });
      await expectNothingLeft(marker);
    });

    it('leaves nothing beyond lease and reaper while its owners live', async () => {
      const marker = String(MARKER + 1);
      await killWorkerAfter(700, marker);
      await eventually(async () => (await sandboxes.list()).every(({ alive }) => !alive));
      await sweepOnce({ ownersLive: true, laterMs: LONG_MS + 1000 });
      await expectNothingLeft(marker);
    });

    it('never costs another deployment anything', async () => {
      const other = host.openOther();
      const labels = { deployment: 'others', run: 'run', episode: 'one' };
      // Both in the other's own place and in this one, under the other's name.
      const theirs = await other.create(aSandbox(host, { labels, lifetimeSeconds: 3600 }));
      const among = await sandboxes.create(aSandbox(host, { labels, lifetimeSeconds: 3600 }));
      const marker = String(MARKER + 2);
      await killWorkerAfter(400, marker);
      await sweepOnce({ ownersLive: false, laterMs: 7_200_000 });
      expect(await other.list()).toMatchObject([{ id: theirs.id, alive: true }]);
      expect(await sandboxes.list()).toMatchObject([{ id: among.id, alive: true }]);
      await theirs.destroy();
      await among.destroy();
      await other.close();
      await expectNothingLeft(marker);
    });
  });
}
