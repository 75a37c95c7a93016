import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { messageOf } from '../message-of.ts';

/** What whoever keeps a directory has done: it is gone, closed or no directory. Any other failure is the machine's. */
const ITS_OWN = new Set<unknown>(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP']);

/** Why a place of a source or an environment cannot be read, as the error that a caller has to throw. */
export function unreadableSource(what: string, place: string, cause: unknown): Error {
  const message = `the ${what} cannot be read: ${place}: ${messageOf(cause)}`;
  const isItsOwn = cause instanceof Error && 'code' in cause && ITS_OWN.has(cause.code);
  return isItsOwn ? new ImageNotFoundError(message, { cause }) : new SandboxUnavailableError(message, { cause });
}
