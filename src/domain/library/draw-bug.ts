import { seededOrder } from '../draw/seeded-draw.ts';
import type { LibraryBug } from './frozen-bug.ts';

/**
 * The bug that a run draws at this index: pass after pass through the whole library, each in an order of its own that
 * depends on the seed and on what the bugs are, not on where they stand.
 */
export function drawBug(bugs: readonly LibraryBug[], seed: number, index: number): LibraryBug {
  const pass = Math.floor(index / bugs.length);
  const drawn = seededOrder(bugs, ({ id }) => id, seed, 'bug', pass)[index % bugs.length];
  if (drawn === undefined) throw new RangeError('a library without bugs');
  return drawn;
}
