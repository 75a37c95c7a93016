import type { LimitFunction } from 'p-limit';

import { orAborted } from '../domain/failure/or-aborted.ts';

/**
 * Runs one task with no other of the limit beside it: waits until those under way are done, holds new ones back by
 * taking all places, and gives the places back after. Who is aborted before it has them all gives them back at once.
 */
export function aloneAmong(
  limit: LimitFunction,
): <Result>(run: () => Promise<Result>, signal: AbortSignal) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (run, signal) => {
    const turn = last.then(() => {
      signal.throwIfAborted();
      return holdingAllPlaces(limit, run, signal);
    });
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function holdingAllPlaces<Result>(
  limit: LimitFunction,
  run: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const places = Array.from({ length: limit.concurrency }, () => {
    let taken: () => void = () => undefined;
    const isTaken = new Promise<void>((resolve) => (taken = resolve));
    void limit(() => {
      taken();
      return released;
    });
    return isTaken;
  });
  try {
    await orAborted(Promise.all(places), signal);
    return await run();
  } finally {
    release();
  }
}
