import { describe, expect, it } from 'vitest';
import {
  recycleFinding,
  secondOrderCandidates,
  secondOrderTests,
  type RecycleFacts,
} from '../../../src/domain/grading/higher-order-bug.ts';
import type { AttemptOutcome } from '../../../src/domain/reward/solve-rate.ts';
import { aChange, anUnreadableRun, aRun, aTimedOutRun } from '../checks/facts.ts';

const testFiles = ['tests/test_pkg.py'];

describe('secondOrderCandidates', () => {
  it.each<[string, AttemptOutcome, string | null]>([
    ['solved', 'solved', aChange('pkg/one.py')],
    ['lost', 'lost', aChange('pkg/one.py')],
    ['without a patch', 'unsolved', null],
    ['with an empty patch', 'unsolved', ''],
    ['with a patch of oracle tests only', 'unsolved', aChange('tests/test_pkg.py')],
    ['with a patch of runner settings only', 'unsolved', aChange('conftest.py') + aChange('pytest.ini')],
    ['with a patch that cannot be read', 'unsolved', 'I give up'],
  ])('leaves out an attempt that is %s', (_, outcome, patch) => {
    expect(
      secondOrderCandidates({ attempts: [{ attemptId: 'a', outcome, patch }], testFiles, leniency: 'none', seed: 1 }),
    ).toEqual([]);
  });

  it.each([
    ['code beside tests', aChange('conftest.py') + aChange('pkg/one.py', 'x\r', 'y\r') + aChange('tests/test_pkg.py')],
    ['a file that is partly settings', aChange('conftest.py') + aChange('setup.cfg')],
  ])('keeps a patch of %s as it was submitted', (_, patch) => {
    const attempts = [{ attemptId: 'a', outcome: 'unsolved', patch } as const];
    expect(secondOrderCandidates({ attempts, testFiles, leniency: 'none', seed: 1 })).toEqual([
      { attemptId: 'a', patch },
    ]);
  });

  it('orders them by the seed, however the attempts came in', () => {
    const attempts = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (attemptId) => ({ attemptId, outcome: 'unsolved', patch: aChange('pkg/one.py') }) as const,
    );
    const order = (seed: number, list: typeof attempts) =>
      secondOrderCandidates({ attempts: list, testFiles, leniency: 'none', seed }).map(({ attemptId }) => attemptId);
    expect(order(1, attempts)).toEqual(order(1, attempts.toReversed()));
    expect(new Set([1, 2, 3, 4, 5].map((seed) => order(seed, attempts).join(''))).size).toBeGreaterThan(1);
  });
});

describe('recycleFinding', () => {
  const facts: RecycleFacts = {
    treeHash: 'new',
    parentTreeHash: 'parent',
    originalTreeHash: 'original',
    sameTreeArtifactId: null,
    failToPass: ['a', 'b'],
    runs: [aRun(['a'], ['b']), aRun(['a'], ['b'])],
  };

  it('takes a tree that is new and still breaks a test of F', () => {
    expect(recycleFinding(facts)).toMatchObject({ passed: true, figures: { stillFailing: 1, failingTests: ['b'] } });
  });

  it('counts a missing test of F as failing', () => {
    expect(recycleFinding({ ...facts, runs: [aRun(['a'])] }).passed).toBe(true);
  });

  it.each<[string, Partial<RecycleFacts>, string]>([
    ['the tree is the original', { treeHash: 'original' }, 'the tree is the original one'],
    ['the tree is the parent', { treeHash: 'parent' }, 'the tree is the parent one'],
    ['the tree is known', { sameTreeArtifactId: 'x1' }, 'artifact x1 has the same tree'],
    ['F passes', { runs: [aRun(['a', 'b'])] }, 'no test of the parent bug still fails in every run'],
    [
      'F fails in turn',
      { runs: [aRun(['a'], ['b']), aRun(['b'], ['a'])] },
      'no test of the parent bug still fails in every run',
    ],
    [
      'only other tests fail',
      { runs: [aRun(['a', 'b'], ['c'])] },
      'no test of the parent bug still fails in every run',
    ],
    ['nothing was run', { runs: [] }, 'no test of the parent bug still fails in every run'],
    ['a run cannot be read', { runs: [anUnreadableRun()] }, 'the parser printed nothing'],
    ['a run does not end', { runs: [aTimedOutRun(['a'])] }, 'the script does not end within its limit'],
  ])('refuses when %s', (_, changes, detail) => {
    expect(recycleFinding({ ...facts, ...changes })).toMatchObject({ passed: false, detail });
  });
});

describe('secondOrderTests', () => {
  it('takes the classes of tests from runs of its own tree', () => {
    // Its parent breaks a and b; the failed patch repairs a, breaks c, and is fickle about d.
    const runs = [aRun(['a', 'd', 'e'], ['b', 'c']), aRun(['a', 'e'], ['b', 'c', 'd'])];
    expect(secondOrderTests({ passed: ['a', 'b', 'c', 'd', 'e', 'gone'] }, runs)).toEqual({
      failToPass: ['b', 'c', 'gone'],
      passToPass: ['a', 'e'],
    });
  });
});
