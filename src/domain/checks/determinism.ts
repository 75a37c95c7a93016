import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { disagreeingTests } from './quarantine.ts';
import type { ValidationConfig } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';
import { repetitionsOf } from './validation-profile.ts';

/**
 * The check determinism: no test that is stable on the original disagrees with itself under the bug, and enough tests
 * are left after quarantine (docs/specification.md#determinism; the reason is in docs/specification.md#theory).
 * Undefined while runs of the buggy state are missing.
 */
export function determinismFinding(
  clean: CleanState,
  buggyRuns: readonly TestRun[],
  { minPassingTests }: Pick<ValidationConfig, 'minPassingTests'>,
): CheckFinding | undefined {
  const unsteady = disagreeingTests([...clean.passed, ...clean.failed], buggyRuns);
  const figures = {
    runs: buggyRuns.length,
    unsteady: firstNames(unsteady),
    left: clean.passed.length,
    quarantined: firstNames(clean.quarantined),
  };
  if (unsteady.length > 0) return fails(`with the bug tests disagree with themselves: ${nameList(unsteady)}`, figures);
  if (clean.passed.length <= minPassingTests) {
    const sentence = `${clean.passed.length} passing tests are left after quarantine`;
    return fails(`${sentence}, and more than ${minPassingTests} must be`, figures);
  }
  if (buggyRuns.length < repetitionsOf('strict').buggy) return undefined;
  return passes(`${buggyRuns.length} runs with the bug agree`, figures);
}
