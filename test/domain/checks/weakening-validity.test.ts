import { describe, expect, it } from 'vitest';

import type { CleanState } from '../../../src/domain/checks/clean-state.ts';
import type { WeakenedOriginal } from '../../../src/domain/checks/validation-facts.ts';
import type { TestRun } from '../../../src/domain/report/test-run.ts';
import { weakeningValidityFinding } from '../../../src/domain/checks/weakening-validity.ts';
import { changesOf } from '../../../src/domain/diff/unified-diff.ts';
import {
  aBuggyRun,
  aChange,
  anUnreadableRun,
  aRemoval,
  aRun,
  aTimedOutRun,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  SPARED,
  TESTS,
} from './facts.ts';

const file = 'tests/test_pkg.py';
const clean: CleanState = { passed: TESTS, failed: [], quarantined: [] };
const BROKEN = [BROKEN_BY_ONE, BROKEN_BY_TWO];
const withoutOne = TESTS.filter((id) => id !== BROKEN_BY_ONE);

interface Weakened {
  readonly run: TestRun;
  readonly onOriginal?: WeakenedOriginal;
  readonly weakening?: string;
  readonly profile?: 'strict' | 'paper';
  readonly clean?: CleanState;
  readonly buggyRuns?: readonly TestRun[];
}

function findingOf({ run, onOriginal, weakening = aRemoval(file, 'def test_a():'), ...setting }: Weakened) {
  return weakeningValidityFinding({
    clean,
    originalRuns: [aRun(TESTS), aRun(TESTS)],
    buggyRuns: [aBuggyRun],
    weakened: { run, ...(onOriginal && { onOriginal }) },
    weakening: changesOf(weakening),
    profile: 'strict',
    ...setting,
  });
}

/** The original with the weakening. */
function original(run: TestRun, ...idle: Extract<WeakenedOriginal, { run: TestRun }>['idle']): WeakenedOriginal {
  return { run, idle };
}

describe('weakeningValidityFinding', () => {
  it.each(['strict', 'paper'] as const)('passes when a failing test passes once weakened (%s)', (profile) => {
    const finding = findingOf({ run: aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO]), profile });
    expect(finding).toMatchObject({ passed: true, figures: { failing: 2, hidden: 1, hiddenTests: [BROKEN_BY_ONE] } });
  });

  it.each(['strict', 'paper'] as const)('fails when every failing test still fails (%s)', (profile) => {
    expect(findingOf({ run: aRun(SPARED, BROKEN), profile })?.detail).toBe(
      `none of the 2 tests that fail with the bug is hidden: once weakened 2 fail (${BROKEN.join(', ')})`,
    );
  });

  it('takes a test for removed that the weakening alone makes missing, whatever it is called', () => {
    const ids = ['kürzt › „größer“ (1/2)', 'T.test_x[a::b - 3]'];
    const finding = findingOf({
      run: aRun(SPARED),
      onOriginal: original(aRun(SPARED)),
      clean: { ...clean, passed: [...ids, ...SPARED] },
      buggyRuns: [aRun(SPARED, ids)],
    });
    expect(finding).toMatchObject({ passed: true, figures: { hidden: 2, removed: 2, missing: 2 } });
  });

  const weakenedRun = aRun(SPARED, [BROKEN_BY_TWO]);

  it.each<[string, WeakenedOriginal, string]>([
    ['it is reported there', original(aRun(TESTS)), 'they are reported still'],
    ['a test fails there', original(aRun(withoutOne.slice(1), ['new'])), '1 tests fail (new)'],
    [
      'the script ends otherwise there',
      original(aRun(withoutOne, [], { exitCode: 2 })),
      'the script ends with 2 in place of 0, so that a file may not have been loaded',
    ],
    ['the log there cannot be read', original(anUnreadableRun()), 'the parser printed nothing'],
    ['the script does not end there', original(aTimedOutRun(withoutOne)), 'does not end within its limit'],
    ['the weakening does not apply there', { problem: 'error: patch failed' }, 'does not apply: error: patch failed'],
  ])('does not take a missing test for removed when %s', (_, onOriginal, seen) => {
    const finding = findingOf({ run: weakenedRun, onOriginal });
    expect(finding).toMatchObject({ passed: false, figures: { hidden: 0 } });
    expect(finding?.detail).toContain(`1 are missing (${BROKEN_BY_ONE}) and not removed, for`);
    expect(finding?.detail).toContain(seen);
  });

  it('does not mind a test in quarantine that fails on the weakened original', () => {
    const state = { ...clean, passed: withoutQuarantined(TESTS), quarantined: [SPARED[0] ?? ''] };
    const onOriginal = original(aRun(withoutQuarantined(withoutOne), [SPARED[0] ?? ''], { exitCode: 0 }));
    expect(findingOf({ run: weakenedRun, onOriginal, clean: state })?.passed).toBe(true);
  });

  it('waits for the weakened original where a test is missing', () => {
    expect(findingOf({ run: weakenedRun })).toBeUndefined();
  });

  const idle = { tests: [BROKEN_BY_ONE], places: [{ path: file, loaded: true }] };
  const unloaded = { ...idle, places: [{ path: file, loaded: false }] };

  it.each([
    ['the file gained lines', aChange(file, '# a', '@skip')],
    ['the file is not one that the weakening touches', aRemoval('tests/helper.py', 'x = 1')],
  ])('does not take a test for removed that stands idle where %s', (_, weakening) => {
    const finding = findingOf({ run: weakenedRun, onOriginal: original(aRun(withoutOne), idle), weakening });
    expect(finding?.detail).toContain(`their code still stands in ${file} and does not run`);
  });

  it('takes a test for removed whose rows are gone from a file that only lost lines', () => {
    const onOriginal = original(aRun(withoutOne), unloaded);
    expect(findingOf({ run: weakenedRun, onOriginal })?.passed).toBe(true);
  });

  it('does not take a file for weakened that is no longer loaded, where the exit code says nothing', () => {
    const setting = { run: aRun(SPARED, [BROKEN_BY_TWO], { exitCode: 0 }), buggyRuns: [{ ...aBuggyRun, exitCode: 0 }] };
    const of = (tests: typeof idle) => findingOf({ ...setting, onOriginal: original(aRun(withoutOne), tests) });
    expect(of(idle)?.passed).toBe(true);
    expect(of(unloaded)?.passed).toBe(false);
  });

  it('never takes a missing test for passed in the paper profile', () => {
    expect(findingOf({ run: aRun(SPARED), onOriginal: original(aRun(SPARED)), profile: 'paper' })?.passed).toBe(false);
  });

  const hides = [...SPARED, BROKEN_BY_ONE];
  const sparedOnce = SPARED[0] ?? '';

  it.each([
    ['fails once weakened', aRun(hides.slice(1), [sparedOnce]), `once weakened 1 fail (${sparedOnce})`],
    ['goes missing without being removed', aRun(hides.slice(1)), `1 are missing (${sparedOnce}) and not removed`],
  ])('fails in the strict profile only when a test that passed before %s', (_, run, seen) => {
    const finding = findingOf({ run, onOriginal: original(aRun(TESTS)) });
    expect(finding).toMatchObject({ passed: false, figures: { broken: [sparedOnce] } });
    expect(finding?.detail).toContain(seen);
    expect(findingOf({ run, profile: 'paper' })?.passed).toBe(true);
  });

  it('lets the weakening remove a test that passed', () => {
    const onOriginal = original(aRun(TESTS.filter((id) => id !== sparedOnce)));
    expect(findingOf({ run: aRun(hides.slice(1), [BROKEN_BY_TWO]), onOriginal })?.passed).toBe(true);
  });

  it('fails when the weakening removes every test', () => {
    expect(findingOf({ run: aRun([]), onOriginal: original(aRun([])) })?.detail).toBe('no test passes once weakened');
  });

  it.each([
    ['cannot be read', anUnreadableRun(), 'with weakened tests: the parser printed nothing'],
    ['does not end', aTimedOutRun(hides), 'with weakened tests the script does not end within its limit'],
  ])('fails when the weakened run %s', (_, run, detail) => {
    expect(findingOf({ run })).toMatchObject({ passed: false, detail });
  });
});

function withoutQuarantined(ids: readonly string[]): readonly string[] {
  return ids.filter((id) => id !== SPARED[0]);
}
