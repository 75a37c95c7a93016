import { failingUnderBug, passingUnderBug } from './bug-validity.ts';
import type { CheckFinding } from '../record/check-record.ts';
import type { CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { createTitleReader } from '../report/joined-titles.ts';
import { steadyName } from '../report/steady-text.ts';
import { definedTestNames, testFileOf, testNameOf } from '../report/test-definition.ts';
import { reportOf, statusesOf } from '../report/test-status.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import type { ValidationConfig } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

export interface WeakeningQuestion {
  readonly clean: CleanState;
  readonly buggyRuns: readonly TestRun[];
  readonly weakenedRun: TestRun;
  readonly weakening: readonly FileChange[];
  /** Texts of the listed test files in the original tree, by path. */
  readonly testFileTexts: Readonly<Record<string, string>>;
  readonly profile: ValidationConfig['profile'];
}

/**
 * Check 6 (SPEC 4). (P): some tests that fail with the bug no longer fail once weakened. (D): a missing test is deleted,
 * and so hidden, only if the weakening removes its definition; nothing that passed before fails after; a test that
 * passes remains. The `paper` profile counts a test as hidden only when it is reported passed.
 */
export function weakeningValidityFinding(question: WeakeningQuestion): CheckFinding {
  const { clean, buggyRuns, weakenedRun, profile } = question;
  const strict = profile === 'strict';
  if (strict && !weakenedRun.reading.valid) return fails(`with weakened tests: ${weakenedRun.reading.problem}`);
  if (strict && weakenedRun.ending === 'timed-out') {
    return fails('with weakened tests the script does not end within its limit');
  }
  const hides = hiding(question);
  const failing = failingUnderBug(clean, buggyRuns);
  const hidden = failing.filter(hides);
  const broken = passingUnderBug(clean, buggyRuns).filter((id) => !hides(id));
  const { passed } = reportOf(weakenedRun.reading);
  const quarantined = new Set(clean.quarantined);
  const figures = {
    failing: failing.length,
    hidden: hidden.length,
    hiddenTests: firstNames(hidden),
    broken: firstNames(broken),
  };
  if (hidden.length === 0) return fails('every test that fails with the bug still fails once weakened', figures);
  if (strict && broken.length > 0) {
    return fails(`tests that passed with the bug fail once weakened: ${nameList(broken)}`, figures);
  }
  if (strict && passed.every((id) => quarantined.has(id))) return fails('no test passes once weakened', figures);
  return passes(`the weakening hides ${hidden.length} of ${failing.length} failing tests`, figures);
}

// Whether a test no longer fails once weakened.
function hiding(question: WeakeningQuestion): (id: string) => boolean {
  const statuses = statusesOf(reportOf(question.weakenedRun.reading));
  const missing = question.clean.passed.filter((id) => !statuses.has(id));
  const deleted = question.profile === 'strict' ? deletionOf(question, missing) : () => false;
  return (id) => statuses.get(id) === 'passed' || (!statuses.has(id) && deleted(id));
}

// A definition that is removed and added again has only changed; a test that is missing then is broken, not deleted.
function deletionOf(
  { weakening, testFileTexts }: WeakeningQuestion,
  missing: readonly string[],
): (id: string) => boolean {
  const removedByFile = weakening.map((file) => {
    const added = definedTestNames(file.addedLines);
    const removed = [...definedTestNames(file.removedLines)].filter((name) => !added.has(name));
    return { file, removed: new Set([...removed, ...removed.map(steadyName)]) };
  });
  const joined = new Set(
    removedByFile.flatMap(({ file, removed }) =>
      joinedDeletions({ file, text: testFileTexts[file.path], removed }, missing),
    ),
  );
  return (id) => {
    const place = testFileOf(id);
    const isRemoved = removedByFile.some(
      ({ file, removed }) => isSamePlace(place, file.path) && removed.has(testNameOf(id)),
    );
    return isRemoved || joined.has(id);
  };
}

// Of the missing tests those whose id is a removed title behind the names of its suites. One definition is one such id:
// where more are missing, it cannot be said which of them it was.
function joinedDeletions(
  {
    file,
    text,
    removed,
  }: { readonly file: FileChange; readonly text: string | undefined; readonly removed: ReadonlySet<string> },
  missing: readonly string[],
): readonly string[] {
  if (text === undefined) return [];
  const isTitled = createTitleReader(text);
  return [...removed].flatMap((title) => {
    const explained = missing.filter((id) => testFileOf(id) === undefined && isTitled(id, title));
    const definitions = file.removedLines.filter((line) => definedTestNames([line]).has(title)).length;
    return explained.length <= definitions ? explained : [];
  });
}

// Runners name files relative to wherever they were started.
function isSamePlace(place: string | undefined, path: string): boolean {
  return place === undefined || place === path || path.endsWith(`/${place}`) || place.endsWith(`/${path}`);
}
