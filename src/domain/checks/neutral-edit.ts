import type { CheckFinding } from '../record/check-record.ts';
import { setAsideBy, type CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { reportedIds, reportOf, statusesOf } from '../report/test-status.ts';
import type { NeutralFacts } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

export interface NeutralQuestion {
  readonly clean: CleanState;
  readonly originalRuns: readonly TestRun[];
  readonly buggyRuns: readonly TestRun[];
  readonly neutral: NeutralFacts;
}

/**
 * The check neutral-edit: comments in the files of the bug change no result, neither under the bug nor on the original
 * (docs/specification.md#neutral-edit). Under the bug it finds failures that are seeded by the code's own text, which
 * four runs of the same text cannot tell from a bug (docs/specification.md#theory); on the original, scripts that fail
 * whatever is not the very tree they were written for.
 *
 * Files of an unknown language are left as they are and named; when none is known, nothing was tried.
 */
export function neutralEditFinding({ clean, originalRuns, buggyRuns, neutral }: NeutralQuestion): CheckFinding {
  const { run, original } = neutral;
  const originalRun = original?.run ?? null;
  const figures = {
    done: run !== null,
    commented: firstNames(neutral.commented),
    notDone: firstNames(neutral.notDone),
    doneOnOriginal: originalRun !== null,
    commentedOnOriginal: firstNames(original?.commented ?? []),
  };
  const edits = [
    { place: 'the bug', before: buggyRuns, run },
    { place: 'the original', before: originalRuns, run: originalRun },
  ];
  for (const { place, before, run: after } of edits) {
    const change = after === null ? undefined : changeOf(clean, before, after);
    if (change === undefined) continue;
    const { said, changed } = change;
    return fails(`with comments added to ${place} ${said}`, { ...figures, place, changed: firstNames(changed) });
  }
  if (run === null && originalRun === null)
    return passes('not done: no file of the bug is in a language whose comments are known', figures);
  return passes('comments change no result', figures);
}

interface Change {
  readonly said: string;
  readonly changed: readonly string[];
}

/** What the edit changes; undefined where nothing is another than in the runs before. */
function changeOf(clean: CleanState, before: readonly TestRun[], after: TestRun): Change | undefined {
  if (after.ending === 'timed-out') return { said: 'the script does not end within its limit', changed: [] };
  if (!after.reading.valid) return { said: `the log cannot be read: ${after.reading.problem}`, changed: [] };
  const changed = changedResults(before, after, setAsideBy(clean));
  if (changed.length > 0) return { said: `results change: ${nameList(changed)}`, changed };
  const codes = [...new Set(before.map(({ exitCode }) => exitCode))];
  // A test in quarantine may move the exit code by itself.
  const isMoved = clean.quarantined.length === 0 && codes.length === 1 && !codes.includes(after.exitCode);
  return isMoved ? { said: `the exit code changes to ${after.exitCode ?? 'none'}`, changed: [] } : undefined;
}

/** Tests of which no run before says what the commented one says. */
function changedResults(
  runsBefore: readonly TestRun[],
  run: TestRun,
  isSetAside: (id: string) => boolean,
): readonly string[] {
  const before = runsBefore.map(({ reading }) => statusesOf(reportOf(reading)));
  const after = statusesOf(reportOf(run.reading));
  const ids = new Set([run, ...runsBefore].flatMap(({ reading }) => reportedIds(reportOf(reading))));
  return [...ids]
    .filter((id) => !isSetAside(id) && !before.some((statuses) => statuses.get(id) === after.get(id)))
    .sort();
}
