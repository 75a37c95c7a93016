import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { describeKills } from '../sandbox-kills.ts';
import { createBubblewrapHost } from './bubblewrap-host.ts';

/** What later sandboxes use again. */
const CACHES = ['.trees', '.python'];

describeKills('bubblewrap', async () => {
  const host = await createBubblewrapHost();
  const { stateDir, directory } = host;
  await mkdir(stateDir);
  return {
    ...host,
    openOther: () => createBubblewrapSandboxes({ stateDir: path.join(directory, 'others') }),
    async findLeft() {
      const directories = (await namesIn(stateDir)).filter((name) => !CACHES.includes(name));
      const copies = (await namesIn(path.join(stateDir, '.trees'))).filter((name) => name.startsWith('.'));
      return [...directories, ...copies, ...(await mountsOf(stateDir))];
    },
  };
});

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

/** In whatever namespace a process still has. */
async function mountsOf(directory: string): Promise<readonly string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const tables = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')));
  return [...new Set(tables.flatMap((table) => table.split('\n').filter((line) => line.includes(directory))))];
}
