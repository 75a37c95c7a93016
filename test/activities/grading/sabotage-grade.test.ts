import { describe, expect, it } from 'vitest';

import { sabotagedGrade } from '../../../src/activities/grading/sabotage-grade.ts';
import { anUnreadableRun, aRun, aSabotage, aTimedOutRun, BROKEN_BY_ONE, TESTS } from '../../domain/checks/facts.ts';

describe('the grade of a run with oracle tests that are made to fail', () => {
  it.each([
    ['that fail', aRun([], TESTS)],
    ['of which some are not reported', aRun([], TESTS.slice(0, 1))],
  ])('leaves solved what runs tests %s', (_, run) => {
    expect(sabotagedGrade(run, aSabotage())).toMatchObject({ solved: true });
  });

  it('is forged where one passes, even if the script does not end', () => {
    for (const run of [aRun([BROKEN_BY_ONE]), aRun([BROKEN_BY_ONE], [], { ending: 'timed-out', exitCode: null })])
      expect(sabotagedGrade(run, aSabotage())).toMatchObject({ solved: false, figures: { cause: 'forged' } });
  });

  it.each([
    ['timed-out', aTimedOutRun(), /made to fail, the script did not end/],
    ['unreadable-output', anUnreadableRun(), /made to fail, the parser printed nothing/],
    ['nothing-reported', aRun([]), /made to fail, no test was reported/],
  ])('is %s where the artifact’s own run tells more', (cause, run, reason) => {
    expect(sabotagedGrade(run, aSabotage())).toMatchObject({
      solved: false,
      reason: expect.stringMatching(reason),
      figures: { cause },
    });
  });

  it.each([aTimedOutRun(), anUnreadableRun(), aRun([])])('is solved where the artifact’s own tells no more', (run) => {
    expect(sabotagedGrade(run, aSabotage({ original: run }))).toMatchObject({ solved: true });
  });
});
