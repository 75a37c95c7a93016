import { describe, expect, it } from 'vitest';
import { calibrate, gradeFinding } from '../../../src/domain/grading/grading.ts';
import { readParserOutput } from '../../../src/domain/report/test-report.ts';
import type { TestRun } from '../../../src/domain/report/test-run.ts';
import { anUnreadableRun, aRun, aTimedOutRun, TESTS } from '../checks/facts.ts';

const clean = calibrate([aRun(TESTS), aRun(TESTS)], []);
const [first = '', second = ''] = TESTS;

function grade(run: TestRun, quarantined: readonly string[] = []) {
  return gradeFinding({ clean, quarantined, run });
}

describe('gradeFinding', () => {
  it('calls a bug solved when every test passes with the calibrated exit code', () => {
    expect(grade(aRun(TESTS))).toMatchObject({
      solved: true,
      reason: 'all 8 tests pass',
      figures: { required: 8, passed: 8 },
    });
  });

  it.each<[string, TestRun, string]>([
    ['a test fails', aRun(TESTS.slice(1), [first]), `1 tests do not pass: ${first}`],
    ['a test is missing', aRun(TESTS.slice(1)), `1 tests do not pass: ${first}`],
    ['nothing is reported', aRun([]), 'no test was reported'],
    ['the output cannot be read', anUnreadableRun(), 'the parser printed nothing'],
    [
      'a status is unknown',
      aRun([], [], { reading: readParserOutput('{"a":"skipped"}') }),
      'the parser reports "skipped" for a',
    ],
    [
      'an id is doubled',
      aRun([], [], { reading: readParserOutput('{"a":"failed","a":"passed"}') }),
      'the parser reports a twice',
    ],
    ['an id is new', aRun([...TESTS, 'x']), 'tests are reported that the original does not have: x'],
    ['a new test fails', aRun(TESTS, ['x'], { exitCode: 0 }), 'tests are reported that the original does not have: x'],
    ['the exit code differs', aRun(TESTS, [], { exitCode: 5 }), 'the script exited with 5, and with 0 on the original'],
    [
      'the script dies by a signal',
      aRun(TESTS, [], { exitCode: null }),
      'the script exited with a signal, and with 0 on the original',
    ],
    ['the script hangs after printing passes', aTimedOutRun(TESTS), 'the script did not end within its limit'],
  ])('calls it unsolved when %s', (_, run, reason) => {
    const grading = grade(run);
    expect(grading.solved).toBe(false);
    expect(grading.reason).toContain(reason);
  });

  it.each([
    ['fails', aRun(TESTS.slice(1), [first], { exitCode: 0 })],
    ['is missing', aRun(TESTS.slice(1))],
    ['passes', aRun(TESTS)],
  ])('does not care whether a test in quarantine %s', (_, run) => {
    expect(grade(run, [first]).solved).toBe(true);
  });

  it('does not take an id for new that holds the time, as one in quarantine does', () => {
    const run = aRun([...TESTS, 'tests/test_pkg.py::test_now[03:04:07]']);
    expect(grade(run, ['tests/test_pkg.py::test_now[03:04:05]']).solved).toBe(true);
    expect(grade(run, ['tests/test_pkg.py::test_then[03:04:05]']).reason).toContain('that the original does not have');
  });

  const contradicting = (test: string) => aRun(TESTS, [], { evidence: { unnamed: [], contradicted: [test] } });
  const notNaming = (test: string) => aRun(TESTS, [], { evidence: { unnamed: [test], contradicted: [] } });

  it.each([
    ['says the opposite of', contradicting(first)],
    ['does not name', notNaming(first)],
  ])('calls it unsolved when the log %s a pass', (_, run) => {
    expect(grade(run)).toMatchObject({
      solved: false,
      reason: `the log does not bear out that ${first} pass`,
      figures: { cause: 'log-disagrees', doubted: [first] },
    });
    expect(grade(run, [first]).solved).toBe(true);
  });

  it('asks nothing of a log where that of the original says no more', () => {
    const calibration = calibrate([aRun(TESTS), contradicting(first)], []);
    const graded = (run: TestRun) => gradeFinding({ clean: calibration, quarantined: [], run }).solved;
    expect(graded(contradicting(first))).toBe(true);
    expect(graded(contradicting(second))).toBe(false);
  });

  it('does not ask for tests that fail on the original', () => {
    const calibration = calibrate([aRun(TESTS.slice(1), [first])], []);
    expect(gradeFinding({ clean: calibration, quarantined: [], run: aRun(TESTS.slice(1), [first]) }).solved).toBe(true);
    expect(
      gradeFinding({ clean: calibration, quarantined: [], run: aRun(TESTS.slice(2), [first, second]) }).solved,
    ).toBe(false);
  });

  it('calls nothing solved when no test is required', () => {
    expect(gradeFinding({ clean: { ...clean, passed: [] }, quarantined: [], run: aRun(TESTS) }).solved).toBe(false);
  });
});

describe('calibrate', () => {
  it('keeps what the clean runs show', () => {
    const flaky = [aRun(TESTS), aRun(TESTS.slice(1), [first])];
    expect(calibrate(flaky, [first])).toEqual({
      passed: TESTS.slice(1),
      ids: TESTS,
      exitCodes: [0, 1],
      unsupported: [],
    });
  });
});
