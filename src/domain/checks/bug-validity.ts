import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, passes } from '../record/finding.ts';
import { failingTests, reportOf } from '../report/test-status.ts';
import type { ValidationConfig } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

/**
 * The check bug-validity (docs/specification.md#bug-validity): at least `minFailingTests` tests that pass on the
 * original fail with the bug. Beyond the paper: not all of them do, and the buggy state can be run to its end and read.
 * Undefined while there is no run.
 */
export function bugValidityFinding(
  clean: CleanState,
  buggyRuns: readonly TestRun[],
  config: Pick<ValidationConfig, 'minFailingTests' | 'profile'>,
): CheckFinding | undefined {
  if (buggyRuns.length === 0) return undefined;
  const failing = failingUnderBug(clean, buggyRuns);
  const passing = passingUnderBug(clean, buggyRuns);
  const figures = { failing: failing.length, passing: passing.length, failingTests: firstNames(failing) };
  if (config.profile === 'strict') {
    const unread = buggyRuns.find((run) => !run.reading.valid);
    if (unread && !unread.reading.valid) return fails(`with the bug: ${unread.reading.problem}`, figures);
    if (buggyRuns.some((run) => run.ending === 'timed-out')) {
      return fails('with the bug the script does not end within its limit', figures);
    }
  }
  if (failing.length < config.minFailingTests) {
    const sentence = `with the bug ${failing.length} tests fail that pass on the original`;
    return fails(`${sentence}, and at least ${config.minFailingTests} must`, figures);
  }
  if (config.profile === 'strict' && passing.length === 0) {
    return fails('with the bug no test passes any more; a bug must spare at least one', figures);
  }
  return passes(`with the bug ${failing.length} tests fail that pass on the original`, figures);
}

/** The set F of the paper: tests that pass on the original and fail under the full bug, in every run of it. Sorted. */
export function failingUnderBug(clean: Pick<CleanState, 'passed'>, buggyRuns: readonly TestRun[]): readonly string[] {
  const failing = buggyRuns.map((run) => new Set(failingTests(reportOf(run.reading), clean.passed)));
  return clean.passed.filter((id) => failing.length > 0 && failing.every((run) => run.has(id)));
}

/** Tests that pass on the original and in every run of the buggy state. Sorted. */
export function passingUnderBug(clean: Pick<CleanState, 'passed'>, buggyRuns: readonly TestRun[]): readonly string[] {
  const passing = buggyRuns.map((run) => new Set(reportOf(run.reading).passed));
  return clean.passed.filter((id) => passing.length > 0 && passing.every((run) => run.has(id)));
}
