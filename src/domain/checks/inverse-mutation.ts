import { failingUnderBug } from './bug-validity.ts';
import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { reportOf } from '../report/test-status.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import type { FileReversion } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

export interface InverseMutationQuestion {
  readonly clean: CleanState;
  readonly buggyRuns: readonly TestRun[];
  readonly bug: readonly FileChange[];
  readonly reversions: readonly FileReversion[];
}

/**
 * The check inverse-mutation: with one file of the bug put back, at least one test of F passes, for each file alone; F
 * are the tests failing under the full bug with the tests as they were (docs/specification.md#inverse-mutation; paper,
 * Sec. 2.3). One idle file rejects the artifact.
 *
 * Undefined while a file's run is missing, for a file that was not tried is not proven. A run that did not end proves
 * nothing for its file, and nor does a rest of the bug that cannot be built without the file.
 */
export function inverseMutationFinding(question: InverseMutationQuestion): CheckFinding | undefined {
  const { clean, buggyRuns, bug, reversions } = question;
  const failing = failingUnderBug(clean, buggyRuns);
  const reversionOf = new Map(reversions.map((reversion) => [reversion.path, reversion]));
  const paths = bug.map((file) => file.path);
  const idle = paths.filter((path) => {
    const reversion = reversionOf.get(path);
    return reversion !== undefined && !('run' in reversion && revives(reversion.run, failing));
  });
  const figures = { files: paths.length, failing: failing.length, idle: firstNames(idle) };
  if (idle.length > 0) return fails(`putting back ${nameList(idle)} alone makes no failing test pass`, figures);
  if (paths.some((path) => !reversionOf.has(path))) return undefined;
  return passes('each file of the bug, put back alone, makes a failing test pass', figures);
}

function revives(run: TestRun, failing: readonly string[]): boolean {
  if (run.ending === 'timed-out') return false;
  const passed = new Set(reportOf(run.reading).passed);
  return failing.some((id) => passed.has(id));
}
