import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'libsql';

import { CommandFailure, EXIT } from './exit-codes.ts';
import { beganAt, lockFile, readHomeLock, type HomeLock } from './home-holder.ts';

export interface HeldHome {
  /** Says where the server of this home answers, for the commands of other terminals. */
  announce(address: string): void;
  release(): void;
}

/**
 * Holds a home for the command that runs a server on it: two would not agree on one database.
 *
 * The lock is SQLite's own on an empty database, which the system gives to one process alone and takes away with it, however
 * that ends. The file beside it says who holds it.
 */
export function holdHome(home: string, command: string): HeldHome {
  mkdirSync(home, { recursive: true });
  const lock = takeLock(home);
  if (lock === undefined) throw heldFailure(home);
  const holder = { pid: process.pid, began: beganAt(process.pid) ?? '', command };
  writeHolder(home, holder);
  return {
    announce: (address) => {
      writeHolder(home, { ...holder, address });
    },
    release: () => {
      rmSync(lockFile(home), { force: true });
      lock.close();
    },
  };
}

/** Undefined when somebody else has it. */
function takeLock(home: string): Database.Database | undefined {
  const database = new Database(join(home, 'selfplay.lock.db'));
  try {
    database.exec('begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
}

function heldFailure(home: string): CommandFailure {
  const holder = readHomeLock(home);
  // It has the lock, and has not written yet who it is.
  if (holder === undefined) return new CommandFailure(`another selfplay is just starting on ${home}`, EXIT.usage);
  return new CommandFailure(
    `selfplay ${holder.command} (process ${holder.pid}) is running on ${home}. Stop it, use it${
      holder.address === undefined ? '' : ` (Temporal is at ${holder.address})`
    }, or give another --home`,
    EXIT.usage,
  );
}

/** By renaming, so that a reader finds all of it or nothing. */
function writeHolder(home: string, holder: HomeLock): void {
  const file = lockFile(home);
  writeFileSync(`${file}.new`, JSON.stringify(holder));
  renameSync(`${file}.new`, file);
}
