import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { statusesOf, reportOf } from '../report/test-status.ts';
import type { LeakFacts } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

/**
 * The check leak-unfixable: the original text can be taken out of the solver's sandbox, and the clean results do not
 * need it (docs/specification.md#leak-unfixable). The copies get the buggy text while the tree has the original: if
 * that changes a result, the tests run the copy, and a solver could neither be shown it nor be graded without it.
 */
export function leakUnfixableFinding(
  clean: CleanState,
  cleanRuns: readonly TestRun[],
  { found, problem, run }: LeakFacts,
): CheckFinding {
  const figures = { copies: found.length, places: firstNames(found) };
  if (problem !== null) return fails(problem, figures);
  if (run === null) return passes('no second copy of what the bug took away', figures);
  const changed = changedTests(clean, run);
  if (changed.length > 0) {
    const sentence = `the tests need ${found.length} second copies of what the bug took away (${nameList(found)})`;
    return fails(`${sentence}: without them these change: ${nameList(changed)}`, {
      ...figures,
      changed: firstNames(changed),
    });
  }
  // A test in quarantine may move the exit code by itself.
  const isMoved = clean.quarantined.length === 0 && !cleanRuns.some(({ exitCode }) => exitCode === run.exitCode);
  if (run.ending !== 'exited' || isMoved) {
    const ending = run.ending === 'exited' ? `ends with exit code ${String(run.exitCode)}` : 'does not end';
    return fails(`without second copies of what the bug took away (${nameList(found)}) the script ${ending}`, figures);
  }
  return passes(`${found.length} second copies of what the bug took away can go`, figures);
}

function changedTests({ passed, failed }: CleanState, run: TestRun): readonly string[] {
  const statuses = statusesOf(reportOf(run.reading));
  return [
    ...passed.filter((id) => statuses.get(id) !== 'passed'),
    ...failed.filter((id) => statuses.get(id) !== 'failed'),
  ].sort();
}
