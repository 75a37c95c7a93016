import { readdirSync, readFileSync } from 'node:fs';

// USER_HZ: what /proc counts in, the same on every Linux that Node runs on.
const TICK_MS = 10;

/** Whose time counts beside our own: the engine and its shims, supervisors of both kinds, and the Python of the rival. */
const TAKING_PART = /dockerd|containerd|docker-init|supervisor|container_bridge|mini_swe_agent|\bsleep\b.2h/;

/** Processor time so far, in ms. */
export interface ProcessorTime {
  readonly ownMs: number;
  /** Of each other process that takes part and lives; a child counts with its parent once it has ended. */
  readonly othersMs: ReadonlyMap<number, number>;
}

/** A look before the work: our own time last, so that looking does not count. */
export function timeBefore(): ProcessorTime {
  const othersMs = timesOfOthers();
  return { othersMs, ownMs: ownTime() };
}

/** What was used since. What else the machine does is not in it, so a busy machine blurs times and not this. */
export function usedSince(before: ProcessorTime): number {
  const ownMs = ownTime() - before.ownMs;
  return [...timesOfOthers()].reduce((total, [pid, time]) => total + time - (before.othersMs.get(pid) ?? 0), ownMs);
}

function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Of a process that lives, and of its children that have ended. */
export function processMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((total, field) => total + Number(field), 0) * TICK_MS;
}

function timesOfOthers(): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const pid = Number(name);
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (pid === process.pid || !TAKING_PART.test(line)) continue;
      times.set(pid, processMs(pid));
    } catch {
      // It ended while we looked.
    }
  }
  return times;
}
