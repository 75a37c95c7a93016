import type { CheckFinding } from './check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from './finding.ts';
import { reportedIds, reportOf, statusesOf } from './test-status.ts';
import type { NeutralFacts, TestRun } from './validation-facts.ts';

export interface NeutralQuestion {
  readonly clean: CleanState;
  readonly buggyRuns: readonly TestRun[];
  readonly neutral: NeutralFacts;
}

/**
 * Check 9, (D): a comment appended to each file of the bug changes no result (SPEC 4). It finds failures that are seeded
 * by the code's own text, which four runs of the same text cannot tell from a bug (SPEC 11).
 *
 * Files of an unknown language are left as they are and named; when none is known, nothing was tried.
 */
export function neutralEditFinding({ clean, buggyRuns, neutral }: NeutralQuestion): CheckFinding {
  const { run } = neutral;
  const figures = {
    done: run !== null,
    commented: firstNames(neutral.commented),
    notDone: firstNames(neutral.notDone),
  };
  if (run === null) return passes('not done: no file of the bug is in a language whose comments are known', figures);
  if (run.ending === 'timed-out')
    return fails('with a comment added to the bug the script does not end within its limit', figures);
  if (!run.reading.valid) return fails(`with a comment added to the bug: ${run.reading.problem}`, figures);
  const changed = changedResults(buggyRuns, run, new Set(clean.quarantined));
  if (changed.length > 0) {
    const sentence = `a comment added to the bug changes results: ${nameList(changed)}`;
    return fails(sentence, { ...figures, changed: firstNames(changed) });
  }
  const codes = [...new Set(buggyRuns.map(({ exitCode }) => exitCode))];
  // A test in quarantine may move the exit code by itself.
  if (clean.quarantined.length === 0 && codes.length === 1 && !codes.includes(run.exitCode)) {
    return fails(`a comment added to the bug changes the exit code to ${run.exitCode ?? 'none'}`, figures);
  }
  return passes('a comment added to the bug changes no result', figures);
}

/** Tests of which no run of the buggy state says what the commented one says. */
function changedResults(
  buggyRuns: readonly TestRun[],
  run: TestRun,
  quarantined: ReadonlySet<string>,
): readonly string[] {
  const before = buggyRuns.map(({ reading }) => statusesOf(reportOf(reading)));
  const after = statusesOf(reportOf(run.reading));
  const ids = new Set([run, ...buggyRuns].flatMap(({ reading }) => reportedIds(reportOf(reading))));
  return [...ids]
    .filter((id) => !quarantined.has(id) && !before.some((statuses) => statuses.get(id) === after.get(id)))
    .sort();
}
