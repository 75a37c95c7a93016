import { logOf } from '../../choice/features.ts';
import type { CodeEdit } from '../../languages/code-edit.ts';
import type { TextByPath } from '../../languages/language.ts';
import { applyEdit } from '../../languages/source-edit.ts';
import { bash, hereDocument, quote, type Steps } from '../../steps/steps.ts';
import { patchOf } from '../text-patch.ts';
import type { KnownText } from './candidate-bugs.ts';
import { listOf, type Discovery, type WatchedFile } from './discover-tests.ts';
import { cleanTree, failingIn, measureCommand, readMeasurement, type Measurement } from './measurement.ts';

export interface BugSite {
  readonly discovery: Discovery;
  readonly watched: WatchedFile;
  readonly library: KnownText;
  /** The listed test files and their helpers. */
  readonly tests: TextByPath;
}

/** The solver is shown every test that is removed; beyond this it is a rewrite of the tests. */
const MOST_FAILING = 25;
const MOST_FAILING_SHARE = 0.6;

/** How one edit came out: `unnoticed` by every test, of no use for another reason, or a bug that is ready. */
export type Trial = 'ready' | 'useless' | 'unnoticed';

/**
 * Makes one edit, instead of the one before, and sees whether some tests fail and some pass; if so, hides it and writes
 * the artifact's other files.
 */
export function* tryBug(site: BugSite, { edit }: CodeEdit): Steps<Trial> {
  const { discovery, library, watched } = site;
  const patch = patchOf({ [library.path]: library.text }, { [library.path]: applyEdit(library.text, edit) });
  const { output } = yield* bash(
    `${cleanTree(discovery.task)} && git apply - ${hereDocument(patch)}\n` +
      measureCommand(discovery.task, 'against', limitSeconds(watched)),
  );
  const buggy = readMeasurement(output);
  if (buggy === undefined) return 'useless';
  const failing = failingIn(buggy);
  if (failing.length === 0) return 'unnoticed';
  const weakened = isUseful(buggy, watched.clean.passing)
    ? discovery.language.removeTests(site.tests, failing)
    : undefined;
  if (weakened === undefined || !isKept(site, failing.length)) return 'useless';
  return (yield* weaken(site, weakened, failing)) ? 'ready' : 'useless';
}

/** A bug may slow tests down, but one that runs into a time limit is not a fair one. */
function limitSeconds({ clean }: WatchedFile): number {
  return Math.ceil(5 + 3 * clean.seconds);
}

function isUseful(buggy: Measurement, cleanPassing: number): boolean {
  const failing = failingIn(buggy).length;
  const few = failing <= MOST_FAILING && failing <= MOST_FAILING_SHARE * cleanPassing;
  return !buggy.timedOut && failing > 0 && few && buggy.passing > 0 && buggy.new.length === 0;
}

/** A bug that works can still be passed over for another: how many tests notice it says how hard it is to find. */
function isKept({ discovery: { choose }, watched }: BugSite, failing: number): boolean {
  const features = { kept: 1, 'log-failing': logOf(failing), 'failing-share': failing / watched.clean.passing };
  return choose('kept-bug', ['kept', 'passed-over'], (answer) => (answer === 'kept' ? features : {})) === 'kept';
}

/** Writes both diffs; runs the bug once more in another setting, and then with the weakened tests. */
function* weaken(site: BugSite, weakened: TextByPath, failing: readonly string[]): Steps<boolean> {
  const { discovery, watched, library, tests } = site;
  const { task } = discovery;
  const touched = Object.keys(weakened);
  const measured = measureCommand(task, 'against', limitSeconds(watched));
  const listed = [...new Set([...watched.suite.testFiles, ...touched])];
  const { output } = yield* bash(
    [
      `cd ${quote(task.sourceTree)} || exit 1`,
      writeDiff([library.path], `${task.artifactDirectory}/bug_inject.diff`),
      // What varies between two validation runs must not matter; the hash seed is what most often does.
      `PYTHONHASHSEED=4711 TZ=Asia/Kathmandu ${measured}`,
      `git apply - ${hereDocument(patchOf(tests, weakened))}`,
      writeDiff(touched, `${task.artifactDirectory}/test_weaken.diff`),
      `cat > ${quote(`${task.artifactDirectory}/test_files.txt`)} ${hereDocument(listOf(listed))}`,
      measured,
    ].join('\n'),
  );
  const [again, hidden] = output.trimEnd().split('\n').map(readMeasurement).slice(-2);
  if (again === undefined || hidden === undefined) return false;
  const stable = failingIn(again).join('\n') === failing.join('\n');
  return stable && hidden.failed.length === 0 && hidden.passing > 0 && !hidden.timedOut;
}

/** The command that writes the diff of some files, whatever git is configured to. */
function writeDiff(paths: readonly string[], file: string): string {
  const options = '--no-color --no-ext-diff --no-renames --src-prefix=a/ --dst-prefix=b/';
  return `git --no-pager diff ${options} HEAD -- ${paths.map(quote).join(' ')} > ${quote(file)}`;
}
