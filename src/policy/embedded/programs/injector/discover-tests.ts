import type { Choose } from '../../choice/choose.ts';
import { flag, logOf } from '../../choice/features.ts';
import type { Language, LibraryFile, Relation, TestFile, TestSuite } from '../../languages/language.ts';
import { bash, hereDocument, quote, type Steps } from '../../steps/steps.ts';
import type { SurveyedTree } from '../survey-tree.ts';
import type { InjectorTask } from '../task.ts';
import { cleanTree, installMeasure, measureCommand, readMeasurement, type Measurement } from './measurement.ts';

/** A library file, the tests that watch it, and how they run on the original tree. */
export interface WatchedFile {
  readonly library: LibraryFile;
  readonly suite: TestSuite;
  /** Test files that the suite's files take definitions from; they may hold failing tests as well. */
  readonly helpers: readonly string[];
  readonly clean: Measurement;
}

export interface Discovery extends SurveyedTree {
  readonly task: InjectorTask;
  readonly choose: Choose;
  /** How many past changes touched a file, by path. */
  readonly changes: ReadonlyMap<string, number>;
}

/** More than the validation's minimum of 5, so that a quarantined test or two do no harm. */
const ENOUGH_TESTS = 9;
/** Every consistency check and every attempt pays for a run of the script. */
const SLOW_SECONDS = 4;
const LIMIT_SECONDS = 30;

/** Chooses a library file and tests for it, and writes script, parser and list. Undefined if the tests do not serve. */
export function* discoverTests(
  discovery: Discovery,
  tried: ReadonlyMap<string, number>,
): Steps<WatchedFile | undefined> {
  const { choose, survey } = discovery;
  const watched = survey.libraryFiles.filter((library) => library.lines > 3 && testsOf(discovery, library).length > 0);
  const library = choose('library-file', watched.slice(0, MOST_CANDIDATES), (candidate) => {
    const { imported, packageImported, named } = strongest(testsOf(discovery, candidate));
    return {
      imported: flag(imported),
      'package-imported': flag(packageImported),
      named: flag(named),
      'log-lines': logOf(candidate.lines),
      'log-changes': logOf(discovery.changes.get(candidate.path) ?? 0),
      'tried-before': tried.get(candidate.path) ?? 0,
    };
  });
  return library && (yield* watch(discovery, library));
}

const MOST_CANDIDATES = 80;

function* watch(discovery: Discovery, library: LibraryFile): Steps<WatchedFile | undefined> {
  const { choose, language, survey } = discovery;
  const chosen: TestFile[] = [];
  let excluded: readonly string[] = [];
  // One run a file that is added, and one more to leave out tests that fail as it is.
  for (let run = 0; run < 4; run += 1) {
    if (excluded.length === 0) {
      const next = chooseTestFile(discovery, library, chosen);
      if (next === undefined) return undefined;
      chosen.push(next);
    }
    const runner = choose('test-runner', language.runnersFor(survey, chosen), ({ name }) => ({
      [name === 'pytest' ? 'pytest' : 'unittest']: 1,
    }));
    if (runner === undefined) return undefined;
    const suite = { runner, testFiles: chosen.flatMap(({ path, companions = [] }) => [path, ...companions]), excluded };
    const clean = yield* writeSuite(discovery, suite);
    if (clean === undefined || clean.timedOut || clean.seconds > SLOW_SECONDS) return undefined;
    const serves = clean.failed.length === 0 && clean.passing >= ENOUGH_TESTS;
    if (serves) return { library, suite, helpers: helpersOf(chosen), clean };
    if (excluded.length > 0) return undefined;
    excluded = clean.failed;
  }
  return undefined;
}

function chooseTestFile(
  { choose, survey, language }: Discovery,
  library: LibraryFile,
  chosen: readonly TestFile[],
): TestFile | undefined {
  const isChosen = (test: TestFile) =>
    chosen.some((other) => other === test || other.companions?.includes(test.path) === true);
  const others = survey.testFiles.filter((test) => test.tests > 0 && !isChosen(test));
  const related = others.filter((test) => isRelated(language.relationOf(test, library)));
  return choose('test-file', related.slice(0, MOST_CANDIDATES), (test) => {
    const { imported, packageImported, named } = language.relationOf(test, library);
    return {
      imported: flag(imported),
      'package-imported': flag(packageImported),
      named: flag(named),
      'log-tests': logOf(test.tests),
      'log-bytes': logOf(test.bytes),
    };
  });
}

/** Writes the three files and runs them on the original tree. */
function* writeSuite({ task, language }: Discovery, suite: TestSuite): Steps<Measurement | undefined> {
  const write = (name: string, text: string) =>
    `cat > ${quote(`${task.artifactDirectory}/${name}`)} ${hereDocument(text)}`;
  const { output } = yield* bash(
    [
      installMeasure(task),
      write('test_script.sh', language.testScript(suite)),
      write('test_parser.py', language.testParser(suite.runner)),
      write('test_files.txt', listOf(suite.testFiles)),
      `${cleanTree(task)} && ${measureCommand(task, 'save', LIMIT_SECONDS)}`,
    ].join('\n'),
  );
  return readMeasurement(output);
}

/** Paths as `test_files.txt` holds them. */
export function listOf(paths: readonly string[]): string {
  return paths.map((path) => `${path}\n`).join('');
}

function testsOf({ language, survey }: { language: Language; survey: Discovery['survey'] }, library: LibraryFile) {
  return survey.testFiles
    .filter(({ tests }) => tests > 0)
    .map((test) => language.relationOf(test, library))
    .filter(isRelated);
}

function isRelated({ imported, packageImported, named }: Relation): boolean {
  return imported || packageImported || named;
}

function strongest(relations: readonly Relation[]): Relation {
  return {
    imported: relations.some(({ imported }) => imported),
    packageImported: relations.some(({ packageImported }) => packageImported),
    named: relations.some(({ named }) => named),
  };
}

function helpersOf(tests: readonly TestFile[]): readonly string[] {
  const chosen = new Set(tests.map(({ path }) => path));
  return [...new Set(tests.flatMap(({ helpers }) => helpers))].filter((path) => !chosen.has(path)).slice(0, 4);
}
