import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';
import {
  compareWithLibrary,
  marksOf,
  NEAR_SIMILARITY,
  nearDuplicateFinding,
  SKETCH_SIZE,
  type BugIdentity,
} from '../../../src/domain/checks/near-duplicate.ts';

function aBug(lines: readonly (string | number)[], changes: Partial<BugIdentity> = {}): BugIdentity {
  const hashes = lines.map((line) => createHash('sha256').update(String(line)).digest('hex').slice(0, 12));
  const sketch = [...new Set(hashes)].sort().slice(0, SKETCH_SIZE);
  return { treeHash: `tree of ${lines.join()}`, bugHash: `hash of ${lines.join()}`, sketch, ...changes };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

function similarity(one: BugIdentity, other: BugIdentity): number | undefined {
  return compareWithLibrary(one, [{ ...other, artifactId: 'other' }]).like[0]?.similarity;
}

describe('bugs that are like each other', () => {
  it('share four of five changed lines', () => {
    expect(similarity(aBug(['a', 'b', 'c', 'd']), aBug(['a', 'b', 'c', 'd', 'e']))).toBe(NEAR_SIMILARITY);
    expect(similarity(aBug(['a', 'b', 'c']), aBug(['a', 'b', 'c', 'd']))).toBeUndefined();
  });

  it.each([
    ['tree', { treeHash: 'same' }],
    ['diff', { bugHash: 'same' }],
  ])('have the same %s, whatever their lines', (_what, same) => {
    expect(similarity(aBug(['a'], same), aBug(['b'], same))).toBe(1);
  });

  it('are not those of which nothing is known', () => {
    const unknown = { treeHash: null, bugHash: null, sketch: [] };
    expect(similarity(unknown, unknown)).toBeUndefined();
  });

  it('are told by sketches of large bugs too, within the error of the estimate', () => {
    expect(similarity(aBug(range(0, 2000)), aBug(range(0, 1900)))).toBeCloseTo(0.95, 1);
    expect(similarity(aBug(range(0, 2000)), aBug(range(1000, 3000)))).toBeUndefined();
  });

  it('come in the order of their similarity', () => {
    const library = [
      { ...aBug(['a', 'b', 'c', 'd', 'x']), artifactId: 'near' },
      { ...aBug(['other']), artifactId: 'far' },
      { ...aBug(['a', 'b', 'c', 'd']), artifactId: 'twin-2' },
      { ...aBug(['a', 'b', 'c', 'd']), artifactId: 'twin-1' },
    ];
    const { like } = compareWithLibrary(aBug(['a', 'b', 'c', 'd']), library);
    expect(like.map(({ artifactId }) => artifactId)).toEqual(['twin-1', 'twin-2', 'near']);
  });
});

describe('the marks of a bug', () => {
  const shared = (one: BugIdentity, other: BugIdentity) => marksOf(one).some((mark) => marksOf(other).includes(mark));

  // Where a union just fits a sketch, and where it does not; small sets are where a hash too few would show.
  it.each([1, 2, 3, 4, 5, 8, 9, 12, 20, 101, 103, 128, 129, 160, 300])(
    'are shared by any two that are alike, of %i lines',
    (lines) => {
      const step = Math.ceil(lines / 12);
      const distances = range(0, 6).map((index) => index * step);
      const pairs = distances.flatMap((left) => distances.map((right) => [left, right] as const));
      const alike = pairs
        .map(([left, right]) => [aBug(range(0, lines)), aBug(range(left, lines + right))] as const)
        .filter(([one, other]) => similarity(one, other) !== undefined);
      expect(alike.length).toBeGreaterThan(0);
      expect(alike.filter(([one, other]) => !shared(one, other))).toEqual([]);
    },
  );

  it.each([
    ['tree', { treeHash: 'same' }],
    ['diff', { bugHash: 'same' }],
  ])('are shared by two of the same %s', (_what, same) => {
    expect(shared(aBug(['a'], same), aBug(['b'], same))).toBe(true);
  });

  it('are few, however large the bug is', () => {
    expect(marksOf(aBug(range(0, 5000)))).toHaveLength(29);
    expect(marksOf({ treeHash: null, bugHash: null, sketch: [] })).toEqual([]);
  });
});

describe('near-duplicate', () => {
  const like = (count: number) => range(0, count).map((id) => ({ artifactId: `bug-${id}`, similarity: 0.9 }));

  it('passes up to the limit and names the bugs that are like it', () => {
    expect(nearDuplicateFinding({ like: like(3) }, { maxNearDuplicates: 4 })).toEqual({
      passed: true,
      detail: 'accepted bugs of this image and run that are like it: 3',
      figures: {
        ...{ nearDuplicates: 3, limit: 4, highestSimilarity: 0.9 },
        like: ['bug-0', 'bug-1', 'bug-2'],
      },
    });
  });

  it('fails when there are as many as the run takes', () => {
    expect(nearDuplicateFinding({ like: like(4) }, { maxNearDuplicates: 4 })).toMatchObject({
      passed: false,
      detail: expect.stringContaining('takes at most 4') as string,
    });
  });
});
