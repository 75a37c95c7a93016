import { describe, expect, it } from 'vitest';

import { drawBug } from '../../../src/domain/library/draw-bug.ts';
import { aSubject } from '../../support/run-fixture.ts';

const bugs = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
  ...{ id, artifactId: `library/${id}`, subject: aSubject(), strategy: 'removal' as const },
}));

const drawn = (seed: number, from = bugs) =>
  Array.from({ length: 2 * from.length }, (_, index) => drawBug(from, seed, index).id);

describe('drawBug', () => {
  it('goes through the whole library before it begins anew, in another order', () => {
    const [first, second] = [drawn(7).slice(0, 5), drawn(7).slice(5)];
    expect(first.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(second.toSorted()).toEqual(first.toSorted());
    expect(second).not.toEqual(first);
  });

  it('depends on the seed and on the bugs, not on where they stand', () => {
    expect(drawn(7, bugs.toReversed())).toEqual(drawn(7));
    expect(drawn(8)).not.toEqual(drawn(7));
  });
});
