import type { CheckFinding } from '../record/check-record.ts';
import { alterationFinding } from './altered-expectations.ts';
import { setAsideBy, type CleanState } from './clean-state.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { idsDefinedBy } from './ids-defined-by.ts';
import { testFileOf } from '../report/test-definition.ts';
import { isTestPath } from '../steering/test-paths.ts';
import { reportOf } from '../report/test-status.ts';
import type { SabotageFacts, ValidationConfig } from './validation-facts.ts';
import type { TestRun } from '../report/test-run.ts';

export interface SabotageQuestion {
  readonly clean: CleanState;
  /** F of the paper. */
  readonly failingUnderBug: readonly string[];
  /** What passes on the original and in each run of the buggy state. */
  readonly passingUnderBug: readonly string[];
  readonly sabotage: SabotageFacts;
  readonly config: Pick<ValidationConfig, 'minPassingTests'>;
}

/**
 * The check sabotage: with every oracle test made to fail on purpose, script and parser report no pass
 * (docs/specification.md#sabotage).
 *
 * A pass of a test whose body raises is forged. A pass of a test that no body was found for (a doctest, one that a program
 * makes up) is named, and does not count: none of F may be among them, unless its own file is in a language that is not
 * known, and enough tests must be left without them. A log that cannot be read shows nothing, so it is refused; one of a
 * script that did not end (a suite whose last test stops its server) shows the tests that it reports failed, and no other.
 *
 * Then the same is asked with expected values that are changed (`alterationFinding`).
 */
export function sabotageFinding(question: SabotageQuestion): CheckFinding {
  const { original, buggy, files, notDone } = question.sabotage;
  const isSetAside = setAsideBy(question.clean);
  const survivors = passesDespiteSabotage(question.sabotage).filter((id) => !isSetAside(id));
  const forged = idsDefinedBy(files, survivors);
  const isForged = new Set(forged);
  const unreached = survivors.filter((id) => !isForged.has(id));
  const alteration = alterationOf(question);
  const figures = {
    done: original !== null,
    files: files.length,
    tests: files.reduce((sum, { tests }) => sum + tests, 0),
    notDone: firstNames(notDone.map(({ path, reason }) => `${path}: ${reason}`)),
    unreached: firstNames(unreached),
    forged: firstNames(forged),
    ...alteration?.figures,
  };
  const isUnknown = inUnknownLanguage(question.sabotage);
  if (original === null || buggy === null) return { ...untried(question, isUnknown), figures };
  if (forged.length > 0) return fails(`tests that are made to fail pass: ${nameList(forged)}`, figures);
  for (const { reading } of [original, buggy]) {
    if (!reading.valid) return fails(`with tests that are made to fail: ${reading.problem}`, figures);
  }
  const hidden = [original, buggy].flatMap((run) => notShown(run, question.clean.passed));
  const finding = earning(question, isUnknown, { survivors, hidden });
  if (finding.passed && alteration?.problem !== undefined) return fails(alteration.problem, figures);
  return { ...finding, figures };
}

/** Nothing where it was not tried: facts of an older version have none. */
function alterationOf({ clean, passingUnderBug, sabotage, config }: SabotageQuestion) {
  const { altered } = sabotage;
  if (altered === undefined) return undefined;
  return alterationFinding({ passed: clean.passed, passedUnderBug: passingUnderBug, altered, config });
}

/** Nothing could be made to fail: right only where the tests that the bug breaks are in a language that is not known. */
function untried(
  { failingUnderBug, sabotage: { notDone } }: SabotageQuestion,
  isUnknown: (id: string) => boolean,
): CheckFinding {
  const known = notDone.filter(({ reason }) => reason !== UNKNOWN_LANGUAGE);
  if (known.length < notDone.length && (known.length === 0 || failingUnderBug.every(isUnknown)))
    return passes('not done: no test file is in a language whose tests are known');
  return fails(`no test could be made to fail: ${nameList(known.map(({ path, reason }) => `${path} (${reason})`))}`);
}

/** Whether the tests that the bug breaks, and enough others, are seen to fail when they are made to. */
function earning(
  { clean, failingUnderBug, config }: SabotageQuestion,
  isUnknown: (id: string) => boolean,
  { survivors, hidden }: { readonly survivors: readonly string[]; readonly hidden: readonly string[] },
): CheckFinding {
  const survives = new Set(survivors);
  const unearned = failingUnderBug.filter((id) => survives.has(id) && !isUnknown(id));
  if (unearned.length > 0) return fails(`no test body earns ${nameList(unearned)}, which the bug breaks`);
  const isHidden = new Set(hidden);
  const unseen = failingUnderBug.filter((id) => isHidden.has(id) && !isUnknown(id));
  if (unseen.length > 0) {
    const sentence = 'with tests that are made to fail the script does not end, and its log does not show that';
    return fails(`${sentence} ${nameList(unseen)} fail`);
  }
  const earned = clean.passed.filter((id) => !(survives.has(id) || isHidden.has(id)) || isUnknown(id));
  if (earned.length > config.minPassingTests) return passes('no test that is made to fail passes');
  return fails(`${earned.length} tests fail when they are made to, and more than ${config.minPassingTests} must`);
}

function inUnknownLanguage({ notDone }: SabotageFacts): (id: string) => boolean {
  const files = new Set(notDone.filter(({ reason }) => reason === UNKNOWN_LANGUAGE).map(({ path }) => path));
  return (id) => files.has(testFileOf(id) ?? '');
}

/** The tests of which a run that did not end says nothing: those that it does not report failed. */
function notShown({ ending, reading }: TestRun, tests: readonly string[]): readonly string[] {
  if (ending !== 'timed-out') return [];
  const failed = new Set(reportOf(reading).failed);
  return tests.filter((id) => !failed.has(id));
}

/** The reason that is kept for a file in a language whose tests are not known. */
export const UNKNOWN_LANGUAGE = 'the language is not known';

/** Tests that pass although every test body that was found raises. Sorted. */
export function passesDespiteSabotage({ original, buggy }: SabotageFacts): readonly string[] {
  const passed = [original, buggy].flatMap((run) => (run === null ? [] : reportOf(run.reading).passed));
  return [...new Set(passed)].sort();
}

/**
 * The tests that pass in a graded tree whose oracle tests all raise, and did not in the artifact's own: what reports
 * them is not the tests (docs/specification.md#solved). Those that count nowhere are none of them. Sorted.
 */
export function forgedPasses(
  run: TestRun,
  despite: readonly string[],
  isSetAside: (id: string) => boolean,
): readonly string[] {
  const known = new Set(despite);
  return reportOf(run.reading).passed.filter((id) => !known.has(id) && !isSetAside(id));
}

/** What a solved attempt is asked with oracle tests that are made to fail, or why it is not. */
export type SabotageAsking =
  { readonly asked: true; readonly sabotage: SabotageFacts } | { readonly asked: false; readonly reason: string };

/**
 * Asked whatever the profile: grading compares with the artifact's own sabotaged runs, which both profiles gather
 * (docs/specification.md#solved). Without them, or without a test body that could raise, there is nothing to compare.
 */
export function sabotageToAsk(sabotage: SabotageFacts | undefined): SabotageAsking {
  if (sabotage === undefined)
    return { asked: false, reason: 'the artifact was stored without runs of sabotaged tests' };
  if (sabotage.files.length === 0) return { asked: false, reason: 'no test body is known in the oracle tests' };
  return { asked: true, sabotage };
}

/**
 * The files whose tests are made to fail: those on the list, then every other test file of the tree, for tests inherit
 * and share bodies across files, and graded tests are not all in listed files.
 */
export function sabotageCandidates(listed: readonly string[], treeFiles: readonly string[]): readonly string[] {
  const candidates = new Set([...listed, ...treeFiles.filter((path) => SOURCE.test(path) && isTestPath(path))]);
  return [...candidates].slice(0, MAX_FILES);
}

// The languages whose tests are known.
const SOURCE = /\.(?:py|[cm]?[jt]sx?|go)$/;

// Reading one takes about a millisecond; repositories with more test files run few of them in 90 s.
const MAX_FILES = 3_000;
