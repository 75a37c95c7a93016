import type { Diagnosis, Language } from '../../languages/language.ts';
import { hereDocument, look, quote, type Steps } from '../../steps/steps.ts';
import { surveyTree } from '../survey-tree.ts';
import type { SolverTask } from '../task.ts';
import { readSpecification, type Specification } from './specification.ts';

/** What the solver knows before it changes anything. */
export interface Examination {
  readonly task: SolverTask;
  readonly language: Language;
  readonly specification: Specification;
  /** Names of the tests that the specification puts back. */
  readonly specifiedTests: readonly string[];
  readonly testFiles: readonly string[];
  readonly framework: string;
  /** The run of the tests as they are, specification put back. */
  readonly diagnosis: Diagnosis;
}

const MOST_TEST_FILES = 8;
/** The tests of a bug take a second or two, and observation makes them several times slower. */
const LIMIT_SECONDS = 25;

/** Puts the specification's tests back and runs them once, under observation. Undefined where they cannot be run. */
export function* examineBug(task: SolverTask, languages: readonly Language[]): Steps<Examination | undefined> {
  const specification = readSpecification(task.specification);
  const putBack = `cd ${quote(task.sourceTree)} && git apply - 2> /dev/null ${hereDocument(specification.diff)}\n`;
  const surveyed = yield* surveyTree(task.sourceTree, languages, putBack);
  if (surveyed === undefined) return undefined;
  const { language, survey } = surveyed;
  // A base class of tests is run by the files that use it.
  const testFiles = survey.testFiles
    .filter(({ path, tests }) => specification.paths.includes(path) && tests > 0)
    .concat(survey.testFiles.filter(({ helpers }) => helpers.some((helper) => specification.paths.includes(helper))))
    .map(({ path }) => path);
  const chosen = [...new Set(testFiles)].slice(0, MOST_TEST_FILES);
  if (chosen.length === 0) return undefined;
  const specifiedTests = language.testsDefinedIn(specification.addedLines);
  const framework = language.frameworkFor(survey, chosen);
  const run = { testFiles: chosen, framework, specifiedTests, observed: true, limitSeconds: LIMIT_SECONDS };
  const { output } = yield* look(`cd ${quote(task.sourceTree)} && ${language.diagnoseCommand(run)}`);
  const diagnosis = language.readDiagnosis(output);
  return diagnosis && { task, language, specification, specifiedTests, testFiles: chosen, framework, diagnosis };
}
