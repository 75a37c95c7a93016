import type { LimitFunction } from 'p-limit';

/**
 * Runs one task with no other of the limit beside it: waits until those under way are done, holds new ones back by
 * taking all places, and gives the places back after.
 */
export function aloneAmong(limit: LimitFunction): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const turn = last.then(() => holdingAllPlaces(limit, run));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function holdingAllPlaces<Result>(limit: LimitFunction, run: () => Promise<Result>): Promise<Result> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const places = Array.from({ length: limit.concurrency }, () => {
    let taken: () => void = () => undefined;
    const isTaken = new Promise<void>((resolve) => (taken = resolve));
    const held = limit(() => {
      taken();
      return released;
    });
    return { isTaken, held };
  });
  await Promise.all(places.map(({ isTaken }) => isTaken));
  try {
    return await run();
  } finally {
    release();
    await Promise.all(places.map(({ held }) => held));
  }
}
