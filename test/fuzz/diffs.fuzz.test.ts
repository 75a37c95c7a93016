import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readPrediction } from '../../src/domain/grading/prediction.ts';
import { steersTestRunner } from '../../src/domain/steering/runner-steering.ts';
import { isTestPath } from '../../src/domain/steering/test-paths.ts';
import { treePathProblem } from '../../src/domain/diff/tree-path.ts';
import { filesTouchedBy, readDiff, restrictDiff, reverseDiff } from '../../src/domain/diff/unified-diff.ts';
import { applyDiffs } from './apply-diffs.ts';
import { anyDiff } from './diff-arbitrary.ts';
import { INPUTS, isReason, SEED } from './hostile-text.ts';

const diffs = fc.sample(anyDiff, { numRuns: INPUTS, seed: SEED });

function touchedBy(diff: string): readonly string[] | undefined {
  const reading = readDiff(diff);
  return reading.readable ? filesTouchedBy(reading.files) : undefined;
}

const isOurs = (path: string): boolean => isTestPath(path) || steersTestRunner(path);

// A hundred of them carry a megabyte in one line.
describe(`${INPUTS} diffs`, () => {
  it('are read, or refused with a reason', () => {
    const readings = diffs.map((diff) => readDiff(diff));
    const reasons = readings.flatMap((reading) => (reading.readable ? [] : [reading.problem]));
    expect(reasons.filter((reason) => !isReason(reason))).toEqual([]);
    // A generator that makes only one kind of them proves nothing.
    expect(readings.length - reasons.length).toBeGreaterThan(INPUTS / 5);
    expect(reasons.length).toBeGreaterThan(INPUTS / 5);
  });

  it('touch nothing but paths inside the tree', () => {
    const paths = new Set(diffs.flatMap((diff) => touchedBy(diff) ?? []));
    expect([...paths].filter((path) => treePathProblem(path) !== undefined)).toEqual([]);
  });

  it('are reversed, or refused for being binary or a copy', () => {
    for (const diff of diffs) {
      const reading = readDiff(diff);
      if (
        !reading.readable ||
        reading.files.some(({ special, copyOf }) => special === 'binary' || copyOf !== undefined)
      ) {
        expect(() => reverseDiff(diff)).toThrow(RangeError);
      } else {
        const reversed = reverseDiff(diff);
        if (reversed !== '') expect(touchedBy(reversed)).toEqual(touchedBy(diff));
      }
    }
  });

  it('are restricted to what is kept', () => {
    for (const diff of diffs) {
      const kept = restrictDiff(diff, (path) => !isOurs(path));
      if (kept !== '') expect(touchedBy(kept)?.filter(isOurs)).toEqual([]);
    }
  });

  it('are taken for a prediction, or refused with a reason', () => {
    const predictions = diffs.map((diff) => readPrediction(diff, { testFiles: ['a.py'], leniency: 'none' }));
    const reasons = predictions.flatMap((prediction) => (prediction.gradable ? [] : [prediction.problem]));
    expect(reasons.filter((reason) => !isReason(reason))).toEqual([]);
  });
});

// A process of git for each diff that is read: a minute, and several on a machine that is busy with other tests.
describe('under real git', { timeout: 600_000 }, () => {
  it('a diff touches no path but those that were read from it', () => {
    const readable = diffs.filter((diff) => touchedBy(diff) !== undefined);
    const results = applyDiffs(readable);
    const astray = results.flatMap(({ touched, named }, index) => {
      const read = new Set(touchedBy(readable[index] ?? ''));
      const beyond = [...touched, ...named].filter((path) => !read.has(path));
      return beyond.length === 0 ? [] : [{ diff: readable[index]?.slice(0, 2000), beyond }];
    });
    expect(astray).toEqual([]);
    expect(results.filter(({ applied }) => applied).length).toBeGreaterThan(INPUTS / 10);
  });

  it('the part of a diff that is kept touches nothing that is put aside', () => {
    const restricted = diffs.flatMap((diff) => {
      const kept = restrictDiff(diff, (path) => !isOurs(path));
      return kept === '' || kept === diff ? [] : [kept];
    });
    const astray = applyDiffs(restricted).flatMap(({ touched, named }, index) => {
      const beyond = [...touched, ...named].filter(isOurs);
      return beyond.length === 0 ? [] : [{ diff: restricted[index]?.slice(0, 2000), beyond }];
    });
    expect(astray).toEqual([]);
  });
});
