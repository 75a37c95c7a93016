import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CommandFailure, EXIT } from './exit-codes.ts';

const lockSchema = z.object({
  pid: z.int().positive(),
  /** When the process began, so that a number that the system gave to another process is told apart. */
  began: z.string(),
  command: z.string(),
  address: z.string().optional(),
});

export type HomeLock = z.infer<typeof lockSchema>;

export interface HeldHome {
  /** Says where the server of this home answers, for the commands of other terminals. */
  announce(address: string): void;
  release(): void;
}

/**
 * Holds a home for the command that runs a server on it: two would not agree on one database. The lock of a process that
 * is gone is taken over.
 */
export function holdHome(home: string, command: string): HeldHome {
  mkdirSync(home, { recursive: true });
  const holder = readHomeLock(home);
  if (holder !== undefined) {
    throw new CommandFailure(
      `selfplay ${holder.command} (process ${holder.pid}) is running on ${home}. Stop it, use it${
        holder.address === undefined ? '' : ` (Temporal is at ${holder.address})`
      }, or give another --home`,
      EXIT.usage,
    );
  }
  const lock = { pid: process.pid, began: beganAt(process.pid) ?? '', command };
  writeLock(home, lock);
  return {
    announce: (address) => {
      writeLock(home, { ...lock, address });
    },
    release: () => {
      rmSync(lockFile(home), { force: true });
    },
  };
}

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
    // Not there, or half written by a process that was killed: held by nobody.
    return undefined;
  }
}

function writeLock(home: string, lock: HomeLock): void {
  writeFileSync(lockFile(home), JSON.stringify(lock));
}

function lockFile(home: string): string {
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
function beganAt(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[19];
  } catch {
    return undefined;
  }
}
