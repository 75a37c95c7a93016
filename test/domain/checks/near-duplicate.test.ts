import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';
import {
  compareWithLibrary,
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
    const { compared, like } = compareWithLibrary(aBug(['a', 'b', 'c', 'd']), library);
    expect([compared, like.map(({ artifactId }) => artifactId)]).toEqual([4, ['twin-1', 'twin-2', 'near']]);
  });
});

describe('near-duplicate', () => {
  const like = (count: number) => range(0, count).map((id) => ({ artifactId: `bug-${id}`, similarity: 0.9 }));

  it('passes up to the limit and names the bugs that are like it', () => {
    expect(nearDuplicateFinding({ compared: 7, like: like(3) }, { maxNearDuplicates: 4 })).toEqual({
      passed: true,
      detail: '3 of the 7 accepted bugs of this image and run are like it',
      figures: {
        ...{ compared: 7, nearDuplicates: 3, limit: 4, highestSimilarity: 0.9 },
        like: ['bug-0', 'bug-1', 'bug-2'],
      },
    });
  });

  it('fails when there are as many as the run takes', () => {
    expect(nearDuplicateFinding({ compared: 4, like: like(4) }, { maxNearDuplicates: 4 })).toMatchObject({
      passed: false,
      detail: expect.stringContaining('takes at most 4') as string,
    });
  });
});
