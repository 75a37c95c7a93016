import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

const lockSchema = z.object({
  pid: z.int().positive(),
  /** When the process began, so that a number that the system gave to another process is told apart. */
  began: z.string(),
  command: z.string(),
  address: z.string().optional(),
});

/** Who holds a home, for the commands of other terminals. */
export type HomeLock = z.infer<typeof lockSchema>;

/** Who holds the home now; undefined when nobody does. */
export function readHomeLock(home: string): HomeLock | undefined {
  const lock = lockSchema.safeParse(parse(home));
  if (!lock.success) return undefined;
  return isAlive(lock.data) ? lock.data : undefined;
}

function parse(home: string): unknown {
  try {
    return JSON.parse(readFileSync(lockFile(home), 'utf8'));
  } catch {
    // Not there, or no text of ours: held by nobody.
    return undefined;
  }
}

export function lockFile(home: string): string {
  return join(home, 'selfplay.lock');
}

function isAlive({ pid, began }: HomeLock): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not permitted to signal it: it is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const since = beganAt(pid);
  return since === undefined || since === began;
}

/** The start time that Linux keeps for a process, in ticks since boot; undefined elsewhere. */
export function beganAt(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[19];
  } catch {
    return undefined;
  }
}
