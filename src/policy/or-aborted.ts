import { once } from 'node:events';

/** The promise, or the abort reason as soon as there is one: a task in the queue must not keep its caller waiting. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const raceEnded = new AbortController();
  try {
    await Promise.race([throwWhenAborted(signal, raceEnded.signal), promise]);
    return await promise;
  } finally {
    raceEnded.abort();
  }
}

async function throwWhenAborted(signal: AbortSignal, listening: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort', { signal: listening });
  signal.throwIfAborted();
}
