import { orAborted } from '../../domain/failure/or-aborted.ts';

/** The promise's result, or undefined as soon as the signal aborts; the promise is then left to itself. */
export async function unlessAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  try {
    return await orAborted(promise, signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}
