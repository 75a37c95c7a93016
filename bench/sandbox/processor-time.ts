import { readdirSync, readFileSync } from 'node:fs';

// USER_HZ: what /proc counts in, the same on every Linux that Node runs on.
const TICK_MS = 10;

/** Whose time counts: this process, the engine and its shims, supervisors of both kinds, and the Python of the rival. */
const TAKING_PART = /dockerd|containerd|docker-init|supervisor|container_bridge|mini_swe_agent|\bsleep\b.2h/;

/**
 * Processor time so far, in ms, of everything that takes part and still lives; a child counts with its parent once it
 * has ended. Others on the machine do not count, so a busy machine blurs times and not this.
 */
export function processorTime(): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const pid = Number(name);
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (pid !== process.pid && !TAKING_PART.test(line)) continue;
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
      times.set(pid, ticks * TICK_MS);
    } catch {
      // It ended while we looked.
    }
  }
  return times;
}

/** What was used between two looks, by processes that were there at the second one. */
export function usedBetween(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  return [...after].reduce((total, [pid, time]) => total + time - (before.get(pid) ?? 0), 0);
}
