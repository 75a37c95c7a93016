import pg from 'pg';
import { InvalidConfigError, LedgerConflictError, StoreUnavailableError } from '../../domain/failure/errors.ts';

/**
 * What the ledger makes of an error of the driver. One that came from the server says by its SQLSTATE what is wrong;
 * any other is a connection that could not be made or was lost.
 */
export function toLedgerError(error: unknown, place: string): unknown {
  if (!(error instanceof pg.DatabaseError)) {
    return new StoreUnavailableError(
      `The ledger ${place} does not answer: ${messageOf(error)}. Look whether that server runs and can be reached from here.`,
      { cause: error },
    );
  }
  const code = error.code ?? '';
  if (code === '23503') {
    return new LedgerConflictError(`A row for the ledger ${place} names another that it does not hold.`, {
      cause: error,
    });
  }
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
  if (remedy === undefined) return error;
  return new StoreUnavailableError(`The ledger ${place} cannot be used: ${error.message} (${code}). ${remedy}`, {
    cause: error,
  });
}

/** What a user has to put right before the ledger can be opened at all; at run time the same may be a server in trouble. */
export function toOpeningError(error: unknown, place: string): unknown {
  const cause = error instanceof StoreUnavailableError ? error.cause : undefined;
  if (!(cause instanceof pg.DatabaseError)) return error;
  const remedy = SETTING_REMEDIES.find(([pattern]) => pattern.test(cause.code ?? ''))?.[1];
  if (remedy === undefined) return error;
  return new InvalidConfigError(`The ledger ${place} cannot be opened: ${cause.message}. ${remedy}`, { cause });
}

/** Whether a new connection may do better: none was made, or one was lost. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof StoreUnavailableError)) return false;
  const { cause } = error;
  return !(cause instanceof pg.DatabaseError) || /^(08|57P0)/.test(cause.code ?? '');
}

/** Whether the server took this transaction back so that another could go on; the same may be said again. */
export function isTakenBack(error: unknown): boolean {
  return (
    error instanceof StoreUnavailableError &&
    error.cause instanceof pg.DatabaseError &&
    /^40(001|P01)$/.test(error.cause.code ?? '')
  );
}

const SETTING_REMEDIES = [
  [/^28/, 'Correct the user or password of its URL.'],
  [/^3D000/, 'Create that database (createdb), or name another in its URL.'],
  [/^42501/, 'Its user must own the database: the ledger makes its tables there.'],
] as const;

const REMEDIES = [
  [/^(08|57P0)/, 'Its server is restarting or has ended this connection; look at its log if that goes on.'],
  [/^40(001|P01)/, 'Other writers were in the way; nothing of this write was kept.'],
  [/^57014/, 'The server is too slow for this statement; look at its load.'],
  [/^(55P03|25P03)/, 'Another process holds a row; look for one that is stopped in the middle of a write.'],
  [/^53300/, 'Raise max_connections there, or lower pool_size or the number of workers.'],
  [/^53/, 'Its server is short of disk or memory; nothing of this write was kept.'],
  [/^(25006|58|XX)/, 'Look at the log of its server.'],
  ...SETTING_REMEDIES,
] as const;

function messageOf(error: unknown): string {
  // Where a name has several addresses, Node tells of each attempt and says nothing itself.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
