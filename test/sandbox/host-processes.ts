import { readdir, readFile } from 'node:fs/promises';

/** The processes of this host whose command line holds the words, in any namespace below. */
export async function hostProcesses(words: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (line.includes(words) && !state.includes(') Z ')) found.push(`${pid} ${line.replaceAll('\0', ' ')}`);
  }
  return found;
}
