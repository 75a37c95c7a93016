import { expect, it } from 'vitest';

import { judgeArtifact } from '../../../src/domain/checks/consistency.ts';
import { DEFAULT_VALIDATION } from '../../support/defaults.ts';
import { calibrate, gradeFinding } from '../../../src/domain/grading/grading.ts';
import { saidOfCutLogs } from '../../../src/domain/report/cut-logs.ts';
import { aRun, TESTS, validationFacts } from '../checks/facts.ts';

const cut = (passed: readonly string[]) => aRun(passed, [], { leftOutBytes: 3 * 1024 ** 2 });
const SAID = '(a log was too long: up to 3.0 MiB of the middle, and the results that stood there, are left out)';

it('says nothing of whole logs', () => {
  expect(saidOfCutLogs([aRun(TESTS)])).toBe('');
});

it('is said by a check that fails with such a log', () => {
  const facts = validationFacts();
  const runs = [cut(TESTS), aRun(TESTS), aRun(TESTS), aRun(TESTS)];
  const buggy = { conflicting: [], truncated: [], ...facts.buggy, runs };
  const { verdict } = judgeArtifact({ ...facts, buggy }, DEFAULT_VALIDATION);
  expect(verdict).toMatchObject({ check: 'bug-validity', detail: expect.stringContaining(SAID) });
});

it('is said by the grade of such a log', () => {
  const clean = calibrate([aRun(TESTS)], []);
  expect(gradeFinding({ clean, quarantined: [], run: cut(TESTS.slice(1)) }).reason).toContain(SAID);
});
