import { failingUnderBug, passingUnderBug } from './bug-validity.ts';
import type { CheckFinding } from '../record/check-record.ts';
import { setAsideBy, type CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { exitCodeTells, reportedIds, reportOf, statusesOf } from '../report/test-status.ts';
import type { IdleTests } from './idle-tests.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import type { ValidationConfig, WeakenedFacts, WeakenedOriginal } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

export interface WeakeningQuestion {
  readonly clean: CleanState;
  readonly originalRuns: readonly TestRun[];
  readonly buggyRuns: readonly TestRun[];
  readonly weakened: WeakenedFacts;
  readonly weakening: readonly FileChange[];
  readonly profile: ValidationConfig['profile'];
}

/**
 * Whether the weakening hides the bug (paper, Sec. 2.3: some tests that fail with the bug no longer fail). Beyond the
 * paper a missing test is hidden if the weakening removes it, nothing that passed before fails after, and a test that
 * passes remains. The `paper` profile counts a test as hidden only when it is reported passed.
 *
 * Undefined while it matters what the weakening removes, and that was not tried.
 */
export function weakeningValidityFinding(question: WeakeningQuestion): CheckFinding | undefined {
  const { clean, buggyRuns, weakened, profile } = question;
  const { reading, ending } = weakened.run;
  const strict = profile === 'strict';
  if (strict && !reading.valid) return fails(`with weakened tests: ${reading.problem}`);
  if (strict && ending === 'timed-out') return fails('with weakened tests the script does not end within its limit');
  const statuses = statusesOf(reportOf(reading));
  const missing = clean.passed.filter((id) => !statuses.has(id));
  if (strict && missing.length > 0 && weakened.onOriginal === undefined) return undefined;
  const removal = strict
    ? removalOf(question, missing)
    : { removed: new Set<string>(), reason: 'they are not reported' };
  const hides = (id: string) => statuses.get(id) === 'passed' || removal.removed.has(id);

  const failing = failingUnderBug(clean, buggyRuns);
  const hidden = failing.filter(hides);
  const broken = passingUnderBug(clean, buggyRuns).filter((id) => !hides(id));
  const { passed } = reportOf(reading);
  const figures = {
    failing: failing.length,
    hidden: hidden.length,
    hiddenTests: firstNames(hidden),
    removed: hidden.filter((id) => !statuses.has(id)).length,
    missing: missing.length,
    broken: firstNames(broken),
  };
  const seen = (ids: readonly string[]) => whatIsSeen(ids, statuses, removal.reason);
  if (hidden.length === 0) {
    return fails(`none of the ${failing.length} tests that fail with the bug is hidden: ${seen(failing)}`, figures);
  }
  if (strict && broken.length > 0) {
    return fails(`tests that passed with the bug do not once weakened: ${seen(broken)}`, figures);
  }
  if (strict && passed.every(setAsideBy(clean))) return fails('no test passes once weakened', figures);
  return passes(`the weakening hides ${hidden.length} of ${failing.length} failing tests`, figures);
}

/** What became of tests that the weakening does not hide. */
function whatIsSeen(ids: readonly string[], statuses: ReadonlyMap<string, string>, reason: string): string {
  const reported = ids.filter((id) => statuses.has(id));
  const lost = ids.filter((id) => !statuses.has(id));
  return [
    ...(reported.length > 0 ? [`once weakened ${reported.length} fail (${nameList(reported)})`] : []),
    ...(lost.length > 0 ? [`${lost.length} are missing (${nameList(lost)}) and not removed, for ${reason}`] : []),
  ].join('; ');
}

interface Removal {
  readonly removed: ReadonlySet<string>;
  /** Why the other missing tests are none that the weakening removes. */
  readonly reason: string;
}

/**
 * Which of the missing tests the weakening removes: on the original tree, where no bug can make a test vanish, they are
 * missing too, none fails, the script ends as it does without the weakening, and their code does not stand there idle.
 */
function removalOf(question: WeakeningQuestion, missing: readonly string[]): Removal {
  const { onOriginal } = question.weakened;
  if (onOriginal === undefined) return { removed: new Set(), reason: 'nothing was missing' };
  if ('problem' in onOriginal) {
    return { removed: new Set(), reason: `on the original tree the weakening does not apply: ${onOriginal.problem}` };
  }
  const problem = runProblem(question, onOriginal.run);
  if (problem !== undefined) return { removed: new Set(), reason: `${ON_ORIGINAL} ${problem}` };
  const there = new Set(reportedIds(reportOf(onOriginal.run.reading)));
  const gone = missing.filter((id) => !there.has(id));
  const isGone = new Set(gone);
  const kept = keptTests(question, onOriginal).filter(({ tests }) => tests.some((id) => isGone.has(id)));
  const isKept = new Set(kept.flatMap(({ tests }) => tests));
  const standing = kept.filter(({ isUnfound }) => isUnfound !== true);
  const placesOf = (tests: typeof kept) => nameList(new Set(tests.flatMap(({ paths }) => paths)));
  const reason =
    kept.length === 0
      ? `${ON_ORIGINAL} they are reported still`
      : standing.length > 0
        ? `their code still stands in ${placesOf(standing)} and does not run`
        : `neither the exit code nor another test of it tells whether ${placesOf(kept)} is still loaded`;
  return { removed: new Set(gone.filter((id) => !isKept.has(id))), reason };
}

const ON_ORIGINAL = 'with the weakening alone, on the original tree,';

function runProblem({ clean, originalRuns }: WeakeningQuestion, run: TestRun): string | undefined {
  if (!run.reading.valid) return run.reading.problem;
  if (run.ending === 'timed-out') return 'the script does not end within its limit';
  const isSetAside = setAsideBy(clean);
  const failing = run.reading.report.failed.filter((id) => !isSetAside(id));
  if (failing.length > 0) return `${failing.length} tests fail (${nameList(failing)})`;
  const codes = [...new Set(originalRuns.map(({ exitCode }) => exitCode))];
  if (codes.includes(run.exitCode)) return undefined;
  const known = codes.map((code) => code ?? 'a signal').join(' or ');
  return `the script ends with ${run.exitCode ?? 'a signal'} in place of ${known}, so that a file may not have been loaded`;
}

/**
 * The tests that stand idle, and where. Where the weakening only took lines out of a file, whatever stands there has lost
 * what ran it (the rows of its table, the class that inherited it), unless the file is no longer loaded: that shows in the
 * exit code, or in another test of the file that still runs. For tests whose definition is not found that is all that is
 * asked, of each file that the weakening touches and leaves there.
 */
function keptTests(
  { originalRuns, buggyRuns, weakening }: WeakeningQuestion,
  { idle }: Extract<WeakenedOriginal, { readonly run: TestRun }>,
): readonly (Pick<IdleTests, 'tests' | 'isUnfound'> & { readonly paths: readonly string[] })[] {
  const tells = exitCodeTells(originalRuns, buggyRuns);
  const changes = new Map(weakening.map((change) => [change.path, change]));
  return idle.flatMap(({ places, ...test }) => {
    const telling = places.filter(({ path, loaded }) => {
      const change = changes.get(path);
      const mayBeUnloaded = !(tells || loaded);
      if (test.isUnfound === true) return mayBeUnloaded && change !== undefined && change.kind !== 'deleted';
      return mayBeUnloaded || change?.addedLines.length !== 0;
    });
    return telling.length === 0 ? [] : [{ ...test, paths: telling.map(({ path }) => path) }];
  });
}
