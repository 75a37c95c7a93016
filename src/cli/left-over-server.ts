import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The process of the Temporal server on a database, whether or not the command that started it is still there: the pid
 * file of src/workers/temporal-server.ts, if its process is that server.
 */
export function findLeftOverServer(home: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(home, 'temporal.pid'), 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(join(home, 'temporal.db')) ? pid : undefined;
  } catch {
    // No file, or no such process: nothing was left.
    return undefined;
  }
}

export function endLeftOverServer(pid: number): void {
  process.kill(pid, 'SIGTERM');
}
