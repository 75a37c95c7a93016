import { describe, expect, it } from 'vitest';
import { bugScopeFinding } from '../../../src/domain/checks/bug-scope.ts';
import { bugValidityFinding } from '../../../src/domain/checks/bug-validity.ts';
import type { CleanState } from '../../../src/domain/checks/clean-state.ts';
import { DEFAULT_VALIDATION } from '../../support/defaults.ts';
import { determinismFinding } from '../../../src/domain/checks/determinism.ts';
import { inverseMutationFinding } from '../../../src/domain/checks/inverse-mutation.ts';
import { readDiff, type FileChange } from '../../../src/domain/diff/unified-diff.ts';
import type { FileReversion } from '../../../src/domain/checks/validation-facts.ts';
import type { TestRun } from '../../../src/domain/report/test-run.ts';
import {
  aBuggyRun,
  aChange,
  anUnreadableRun,
  aRun,
  aTimedOutRun,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  SPARED,
  TESTS,
} from './facts.ts';

const clean: CleanState = { passed: TESTS, failed: [], quarantined: [] };
const BROKEN = [BROKEN_BY_ONE, BROKEN_BY_TWO];

function filesOf(diff: string): readonly FileChange[] {
  const reading = readDiff(diff);
  if (!reading.readable) throw new Error(reading.problem);
  return reading.files;
}

describe('bugScopeFinding', () => {
  const rename = 'diff --git a/x b/y\nrename from x\nrename to y\n';
  const mode = 'diff --git a/x b/x\nold mode 100644\nnew mode 100755\n';

  it.each([
    ['one file', aChange('a'), 1, 1],
    ['two files', aChange('a') + aChange('b'), 2, 2],
    ['a rename', rename, 1, 1],
    ['a file that is added empty', 'diff --git a/x b/x\nnew file mode 100644\n', 1, 1],
    ['a mode and a line', mode + aChange('x').split('\n').slice(2).join('\n'), 1, 1],
  ])('passes %s', (_, diff, minChangedFiles, changedFiles) => {
    expect(bugScopeFinding(filesOf(diff), { ...DEFAULT_VALIDATION, minChangedFiles }, {})).toMatchObject({
      passed: true,
      figures: { changedFiles },
    });
  });

  it.each([
    ['one file where two must change', aChange('a'), 2],
    ['a rename where two must change', rename, 2],
    ['a mode alone', mode, 1],
  ])('fails %s', (_, diff, minChangedFiles) => {
    expect(bugScopeFinding(filesOf(diff), { ...DEFAULT_VALIDATION, minChangedFiles }, {}).passed).toBe(false);
  });
});

describe('bugValidityFinding', () => {
  const strict = { minFailingTests: 1, profile: 'strict' } as const;
  const paper = { minFailingTests: 1, profile: 'paper' } as const;

  it('passes a bug that breaks some tests and spares others', () => {
    expect(bugValidityFinding(clean, [aBuggyRun], strict)).toMatchObject({
      passed: true,
      figures: { failing: 2, passing: 6, failingTests: BROKEN },
    });
  });

  it('counts a missing test as failing', () => {
    expect(bugValidityFinding(clean, [aRun(SPARED)], strict)).toMatchObject({ passed: true, figures: { failing: 2 } });
  });

  it.each([strict, paper])('fails a bug that breaks nothing ($profile)', (config) => {
    expect(bugValidityFinding(clean, [aRun(TESTS)], config)).toMatchObject({
      passed: false,
      detail: 'with the bug 0 tests fail that pass on the original, and at least 1 must',
    });
  });

  it.each([strict, paper])('fails a bug that breaks too little ($profile)', (config) => {
    expect(bugValidityFinding(clean, [aBuggyRun], { ...config, minFailingTests: 3 })?.passed).toBe(false);
  });

  it('does not count tests that fail on the original, in quarantine or in some runs only', () => {
    const state = { passed: SPARED, failed: [BROKEN_BY_ONE], quarantined: [BROKEN_BY_TWO] };
    expect(bugValidityFinding(state, [aBuggyRun], strict)).toMatchObject({ passed: false, figures: { failing: 0 } });
    expect(bugValidityFinding(clean, [aBuggyRun, aRun(TESTS)], strict)).toMatchObject({
      passed: false,
      figures: { failing: 0 },
    });
  });

  it.each<[string, TestRun, string]>([
    ['nothing passes any more', aRun([], TESTS), 'with the bug no test passes any more; a bug must spare at least one'],
    ['the parser cannot read the log', anUnreadableRun(), 'with the bug: the parser printed nothing'],
    ['the script does not end', aTimedOutRun(SPARED), 'with the bug the script does not end within its limit'],
  ])('fails in the strict profile only when %s', (_, run, detail) => {
    expect(bugValidityFinding(clean, [run], strict)).toMatchObject({ passed: false, detail });
    expect(bugValidityFinding(clean, [run], paper)?.passed).toBe(true);
  });

  it('waits for the first run', () => {
    expect(bugValidityFinding(clean, [], strict)).toBeUndefined();
  });
});

describe('inverseMutationFinding', () => {
  const bug = filesOf(aChange('pkg/one.py') + aChange('pkg/two.py'));
  const one: FileReversion = { path: 'pkg/one.py', run: aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO]) };
  const two: FileReversion = { path: 'pkg/two.py', run: aRun([...SPARED, BROKEN_BY_TWO], [BROKEN_BY_ONE]) };

  function findingOf(reversions: readonly FileReversion[], changes: readonly FileChange[] = bug) {
    return inverseMutationFinding({ clean, buggyRuns: [aBuggyRun], bug: changes, reversions });
  }

  it('passes when each file alone revives a failing test', () => {
    expect(findingOf([one, two])).toMatchObject({ passed: true, figures: { files: 2, failing: 2 } });
  });

  it.each<[string, TestRun]>([
    ['changes nothing', aBuggyRun],
    ['cannot be read', anUnreadableRun()],
    ['does not end', aTimedOutRun(TESTS)],
    ['revives only tests that never failed', aRun(SPARED)],
  ])('fails when the run of one file %s', (_, run) => {
    expect(findingOf([one, { path: 'pkg/two.py', run }])).toMatchObject({
      passed: false,
      detail: 'putting back pkg/two.py alone makes no failing test pass',
    });
  });

  it('measures against the full bug with the tests as they were, never against the weakened run', () => {
    // Weakened, test_a is hidden, so against that run no file would have to revive it.
    const idle = { path: 'pkg/one.py', run: aBuggyRun };
    expect(findingOf([idle, two])?.passed).toBe(false);
  });

  it('is not passed over when a file was not tried', () => {
    expect(findingOf([one])).toBeUndefined();
    expect(findingOf([])).toBeUndefined();
  });

  it('fails as soon as one file is idle, tried the others or not', () => {
    expect(findingOf([{ path: 'pkg/two.py', run: aBuggyRun }])?.passed).toBe(false);
  });

  it('fails when the rest of the bug is no tree that can be built', () => {
    const unbuilt = { path: 'pkg/two.py', problem: 'pkg/two.py: already exists in working directory' };
    expect(findingOf([one, unbuilt])).toMatchObject({ passed: false, figures: { idle: ['pkg/two.py'] } });
  });

  it('asks for a rename once, under its new name', () => {
    const rename = filesOf('diff --git a/pkg/x.py b/pkg/one.py\nrename from pkg/x.py\nrename to pkg/one.py\n');
    expect(findingOf([one], rename)).toMatchObject({ passed: true, figures: { files: 1 } });
  });
});

describe('determinismFinding', () => {
  const config = { minPassingTests: 5 };
  const four = [aBuggyRun, aBuggyRun, aBuggyRun, aBuggyRun];

  it('passes when four runs agree', () => {
    expect(determinismFinding(clean, four, config)?.passed).toBe(true);
  });

  it.each([
    ['fails in three runs and passes in one', aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO])],
    ['is missing in one run', aRun(SPARED, [BROKEN_BY_TWO])],
  ])('fails when a test %s', (_, run) => {
    expect(determinismFinding(clean, [...four.slice(1), run], config)).toMatchObject({
      passed: false,
      figures: { unsteady: [BROKEN_BY_ONE] },
    });
  });

  it('fails early, on two runs that disagree', () => {
    expect(determinismFinding(clean, [aBuggyRun, aRun(TESTS)], config)?.passed).toBe(false);
  });

  it('does not look at tests in quarantine or unknown to the original', () => {
    const state = { passed: [...SPARED, BROKEN_BY_TWO], failed: [], quarantined: [BROKEN_BY_ONE] };
    const run = aRun([...SPARED, BROKEN_BY_ONE, 'new'], [BROKEN_BY_TWO]);
    expect(determinismFinding(state, [...four.slice(1), run], config)?.passed).toBe(true);
  });

  it('fails when too few tests are left after quarantine', () => {
    const state = { passed: TESTS.slice(0, 5), failed: [], quarantined: TESTS.slice(5) };
    expect(determinismFinding(state, four, config)?.detail).toBe(
      '5 passing tests are left after quarantine, and more than 5 must be',
    );
  });

  it('waits for the fourth run', () => {
    expect(determinismFinding(clean, four.slice(1), config)).toBeUndefined();
  });
});
