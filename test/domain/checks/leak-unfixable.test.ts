import { expect, it } from 'vitest';

import { leakUnfixableFinding } from '../../../src/domain/checks/leak-unfixable.ts';
import { aRun, aTimedOutRun, TESTS } from './facts.ts';

const clean = { passed: TESTS, failed: [], quarantined: [] };
const withFlaky = { ...clean, quarantined: ['tests/test_pkg.py::test_flaky'] };
const cleanRuns = [aRun(TESTS), aRun(TESTS, [], { exitCode: 1 })];

const found = ['/opt/pkg/one.py (copy of pkg/one.py)'];
const without = (run: ReturnType<typeof aRun>) => ({ found, problem: null, run });

it('compares the exit code with those of all clean runs', () => {
  for (const exitCode of [0, 1])
    expect(leakUnfixableFinding(clean, cleanRuns, without(aRun(TESTS, [], { exitCode }))).passed).toBe(true);
  const finding = leakUnfixableFinding(clean, cleanRuns, without(aRun(TESTS, [], { exitCode: 2 })));
  expect(finding).toMatchObject({ passed: false, detail: expect.stringContaining('ends with exit code 2') });
});

it('leaves the exit code out where a test in quarantine may move it', () => {
  const [first = aRun(TESTS)] = cleanRuns;
  const run = aRun(TESTS, ['tests/test_pkg.py::test_flaky']);
  expect(leakUnfixableFinding(withFlaky, [first], without(run)).passed).toBe(true);
  expect(leakUnfixableFinding(clean, [first], without(aRun(TESTS, [], { exitCode: 1 }))).passed).toBe(false);
});

it('refuses a script that does not end without its second copies, and changed results, whatever is in quarantine', () => {
  expect(leakUnfixableFinding(withFlaky, cleanRuns, without(aTimedOutRun(TESTS))).passed).toBe(false);
  expect(leakUnfixableFinding(withFlaky, cleanRuns, without(aRun(TESTS.slice(1)))).passed).toBe(false);
});
