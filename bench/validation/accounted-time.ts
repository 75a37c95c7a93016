import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

import { timeBefore, usedSince } from '../sandbox/processor-time.ts';

const ROOT = '/sys/fs/cgroup/cpuacct';

/** Processor time of this process and everything that it starts, and of the engine with its containers. */
export interface AccountedTime {
  /** Starts to count; what comes back says the milliseconds since, or null where the kernel keeps no such accounts. */
  begin(engine: boolean): () => number | null;
  close(): void;
}

/**
 * An accounting group of the kernel (cgroup v1): sandboxes outlive their supervisors' parents, so process tables lose
 * them. The engine's containers are one account for everybody who uses the engine.
 */
export function openAccount(): AccountedTime {
  const own = `${ROOT}/selfplay-bench-${process.pid}`;
  const available = tried(() => {
    mkdirSync(own);
    writeFileSync(`${own}/cgroup.procs`, String(process.pid));
  });
  return {
    begin(engine) {
      if (!available) return () => null;
      const processes = timeBefore();
      const start = usedMs(own) + (engine ? engineMs() : 0);
      const ownStart = process.cpuUsage();
      return () => {
        const containers = engine ? engineMs() : 0;
        // Our own time is in the account already; of the others only the engine's processes are outside of it.
        const { user, system } = process.cpuUsage(ownStart);
        const daemons = engine ? Math.max(0, usedSince(processes) - (user + system) / 1000) : 0;
        return usedMs(own) + containers + daemons - start;
      };
    },
    close() {
      if (!available) return;
      writeFileSync(`${ROOT}/cgroup.procs`, String(process.pid));
      // A supervisor that is just ending keeps the group for a moment; the kernel removes an empty one at no cost later.
      tried(() => {
        rmdirSync(own);
      });
    },
  };
}

/** The engine makes its group with its first container. */
function engineMs(): number {
  const group = `${ROOT}/docker`;
  return existsSync(group) ? usedMs(group) : 0;
}

function usedMs(group: string): number {
  return Number(readFileSync(`${group}/cpuacct.usage`, 'utf8')) / 1e6;
}

function tried(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
