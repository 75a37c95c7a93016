import { describe, expect, it } from 'vitest';

import { forgeryRuns, type ForgeryRun } from '../../../src/activities/grading/forgery-run.ts';
import type { SabotageFacts } from '../../../src/domain/checks/validation-facts.ts';
import {
  anAlteration,
  anUnreadableRun,
  aRun,
  aSabotage,
  aTimedOutRun,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  TESTS,
} from '../../domain/checks/facts.ts';

const CLEAN = { passed: TESTS, ids: TESTS, exitCodes: [0], unsupported: [] };
const BUG = { clean: CLEAN, row: { quarantined: [] } };

function forgeryRun(state: ForgeryRun['state'], sabotage: SabotageFacts): ForgeryRun {
  const found = forgeryRuns({ ...BUG, sabotage }).runs.find((run) => run.state === state);
  if (found === undefined) throw new Error(`there is no run ${state}`);
  return found;
}

const sabotaged = (changes: Partial<SabotageFacts> = {}) => forgeryRun('sabotaged', aSabotage(changes));
const altered = (changes = {}) => forgeryRun('altered', aSabotage({ altered: anAlteration(changes) }));

describe('the grade of a run with oracle tests that are made to fail', () => {
  it.each([
    ['that fail', aRun([], TESTS)],
    ['of which some are not reported', aRun([], TESTS.slice(0, 1))],
  ])('leaves solved what runs tests %s', (_, run) => {
    expect(sabotaged().grade(run)).toMatchObject({ solved: true });
  });

  it('is forged where one passes, even if the script does not end', () => {
    for (const run of [aRun([BROKEN_BY_ONE]), aRun([BROKEN_BY_ONE], [], { ending: 'timed-out', exitCode: null })])
      expect(sabotaged().grade(run)).toMatchObject({ solved: false, figures: { cause: 'forged' } });
  });

  it('is not decided by a test in quarantine, whatever the time in its name', () => {
    const flaky = ['README.md::README.md', 'served at 10:15'];
    const bug = { clean: { ...CLEAN, ids: [...TESTS, ...flaky] }, row: { quarantined: flaky } };
    const [run] = forgeryRuns({ ...bug, sabotage: aSabotage() }).runs;
    expect(run?.grade(aRun(['README.md::README.md', 'served at 11:40'], TESTS))).toMatchObject({ solved: true });
    expect(run?.grade(aRun([...flaky, BROKEN_BY_ONE]))).toMatchObject({ figures: { forged: [BROKEN_BY_ONE] } });
  });

  it.each([
    ['timed-out', aTimedOutRun(), /made to fail, the script did not end/],
    ['unreadable-output', anUnreadableRun(), /made to fail, the parser printed nothing/],
    ['nothing-reported', aRun([]), /made to fail, no test was reported/],
  ])('is %s where the artifact’s own run tells more', (cause, run, reason) => {
    expect(sabotaged().grade(run)).toMatchObject({
      solved: false,
      reason: expect.stringMatching(reason),
      figures: { cause },
    });
  });

  it.each([aTimedOutRun(), anUnreadableRun(), aRun([])])('is solved where the artifact’s own tells no more', (run) => {
    expect(sabotaged({ original: run }).grade(run)).toMatchObject({ solved: true });
  });
});

describe('the grade of a run with tests that expect other values', () => {
  it('leaves solved what fails them', () => {
    expect(altered().grade(aRun([], TESTS))).toMatchObject({ solved: true });
  });

  it('is forged where one passes that fails so on the original', () => {
    expect(altered().grade(aRun([BROKEN_BY_ONE], TESTS.slice(1)))).toMatchObject({
      solved: false,
      reason: `forged: tests that expect other values pass: ${BROKEN_BY_ONE}`,
      figures: { cause: 'forged', forged: [BROKEN_BY_ONE] },
    });
  });

  it('says nothing about a test that passes so on the original too', () => {
    const own = aRun([BROKEN_BY_ONE], TESTS.slice(1));
    expect(altered({ original: own }).grade(own)).toMatchObject({ solved: true });
  });

  it('takes what it cannot see for no failure', () => {
    expect(altered().grade(aTimedOutRun())).toMatchObject({ solved: false, figures: { cause: 'timed-out' } });
  });
});

describe('the runs that a solved attempt has to stand', () => {
  const statesOf = (sabotage: SabotageFacts | undefined) =>
    forgeryRuns({ ...BUG, sabotage }).runs.map(({ state }) => state);

  it('are both where the artifact has both', () => {
    const asked = forgeryRuns({ ...BUG, sabotage: aSabotage({ altered: anAlteration() }) });
    expect(asked.runs.map(({ state }) => state)).toEqual(['sabotaged', 'altered']);
    expect(asked.figures).toEqual({ sabotaged: true, altered: true });
  });

  it('leave out with a reason what the artifact has nothing for', () => {
    expect(statesOf(undefined)).toEqual([]);
    expect(forgeryRuns({ ...BUG, sabotage: aSabotage() }).figures).toEqual({
      sabotaged: true,
      altered: false,
      notAltered: 'the artifact was stored without runs of altered expectations',
    });
    const indifferent = aSabotage({ altered: anAlteration({ original: aRun(TESTS) }) });
    expect(forgeryRuns({ ...BUG, sabotage: indifferent }).figures).toMatchObject({
      notAltered: 'no test is known that fails when it expects another value',
    });
    expect(statesOf(aSabotage({ files: [], altered: anAlteration() }))).toEqual(['altered']);
  });

  it('know a test whose suites stand before its name', () => {
    const id = 'limits keeps the upper limit';
    const files = [{ path: 'test/limits.test.js', tests: 1, names: ['keeps the upper limit'] }];
    const altered = anAlteration({ files, original: aRun([], [id]) });
    const [, run] = forgeryRuns({ ...BUG, clean: { ...CLEAN, passed: [id] }, sabotage: aSabotage({ altered }) }).runs;
    expect(run?.grade(aRun([id]))).toMatchObject({ solved: false, figures: { forged: [id] } });
  });

  it('ask only tests that were changed: another may fail by what they leave behind', () => {
    const [, ...others] = anAlteration().files[0]?.names ?? [];
    const files = [{ path: 'tests/test_pkg.py', tests: others.length, names: others }];
    const run = forgeryRun('altered', aSabotage({ altered: anAlteration({ files }) }));
    expect(run.grade(aRun([BROKEN_BY_ONE], [BROKEN_BY_TWO]))).toMatchObject({ solved: true });
  });
});
