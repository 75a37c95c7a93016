import type { Choose } from '../choice/choose.ts';
import { isSameEdit } from '../languages/code-edit.ts';
import type { Language, Repair, TextByPath } from '../languages/language.ts';
import { applyEdit } from '../languages/source-edit.ts';
import { readTexts } from '../steps/read-text.ts';
import { examineBug, type Examination } from './solver/examine-bug.ts';
import { effectOf } from './solver/judge-repair.ts';
import { suspectsIn, suspiciousFiles, suspiciousLines, type Suspect } from './solver/suspects.ts';
import { bash, hereDocument, look, quote, type Steps } from '../steps/steps.ts';
import type { SolverTask } from './task.ts';
import { patchOf } from './text-patch.ts';

/**
 * Runs of the tests in one attempt, the diagnosis included: the limit is what makes ranking worth learning
 * (docs/specification.md#embedded-policy).
 */
const TESTS_PER_ATTEMPT = 4;
/** Files that are read in search of the bug. */
const MOST_FILES = 3;
const PATCH_FILE = '/tmp/patch.diff';
/** Files that a line end can be added to, the first that there is. */
const SOURCES = ['*.py', '*.js', '*.ts', '*.mjs', '*.cjs', '*.go'];

/** A change of one file, as tried or to be tried. */
interface Attempted {
  readonly path: string;
  readonly repair: Repair;
  readonly patch: string;
}

/** Runs the specification's tests, ranks functions and repairs, tries the best few, and submits what served best. */
export function* solverProgram(task: SolverTask, choose: Choose, languages: readonly Language[]): Steps<void> {
  const examination = yield* examineBug(task, languages);
  const best = examination && (yield* searchRepair(examination, choose));
  yield* submitPatch(task, best);
}

/** The first repair that solves the bug, else the one that broke least. */
function* searchRepair(examination: Examination, choose: Choose): Steps<Attempted | undefined> {
  const { diagnosis, specifiedTests } = examination;
  const texts = yield* readSuspiciousFiles(examination);
  const tried: Attempted[] = [];
  let best: { readonly attempted: Attempted; readonly gain: number } | undefined;
  for (let run = 1; run < TESTS_PER_ATTEMPT; run += 1) {
    const attempted = chooseRepair(examination, { choose, texts, tried });
    if (attempted === undefined) break;
    tried.push(attempted);
    const after = yield* tryRepair(examination, attempted);
    const effect = effectOf(diagnosis, after, specifiedTests);
    if (effect.solved) return attempted;
    if (best === undefined || effect.gain > best.gain) best = { attempted, gain: effect.gain };
  }
  return best?.attempted;
}

function* readSuspiciousFiles({ task, diagnosis }: Examination): Steps<TextByPath> {
  const paths = suspiciousFiles(diagnosis).slice(0, MOST_FILES);
  return Object.fromEntries(yield* readTexts(task.sourceTree, paths));
}

interface Search {
  readonly choose: Choose;
  readonly texts: TextByPath;
  readonly tried: readonly Attempted[];
}

/** Chooses a function, then a repair of it that was not tried yet. */
function chooseRepair(examination: Examination, { choose, texts, tried }: Search): Attempted | undefined {
  const { language, diagnosis, specification } = examination;
  const specified = specification.addedLines.join('\n');
  let suspects = Object.entries(texts).flatMap(([path, text]) =>
    suspectsIn(path, language.functionsOf(text), diagnosis, specified),
  );
  while (suspects.length > 0) {
    const suspect = choose('suspect-function', suspects, (each) => ({
      ...each.features,
      'tried-before': tried.filter((other) => isIn(other, each)).length,
    }));
    if (suspect === undefined) return undefined;
    const { path, region } = suspect;
    const text = texts[path] ?? '';
    const suspiciousness = suspiciousLines(path, diagnosis);
    const clues = { path, failures: diagnosis.failures, suspiciousness, specification: specified };
    const repairs = language.repairsOf(text, region, clues).filter((repair) => !isTried(repair, path, tried));
    const repair = choose('tried-repair', repairs, ({ features }) => features);
    if (repair !== undefined) {
      return { path, repair, patch: patchOf({ [path]: text }, { [path]: applyEdit(text, repair.edit) }) };
    }
    suspects = suspects.filter((other) => other !== suspect);
  }
  return undefined;
}

function isIn({ path, repair: { edit } }: Attempted, { path: suspectPath, region }: Suspect): boolean {
  return path === suspectPath && edit.start >= region.start && edit.start <= region.end;
}

function isTried(repair: Repair, path: string, tried: readonly Attempted[]): boolean {
  return tried.some((other) => other.path === path && isSameEdit(other.repair, repair));
}

/** Applies one repair, runs the tests and takes it away again: one command, one candidate. */
function* tryRepair(examination: Examination, { path, patch }: Attempted) {
  const { task, language, testFiles, framework, specifiedTests, diagnosis } = examination;
  // A repair that makes the tests much slower than they were under observation runs in circles.
  const limitSeconds = 4 + Math.ceil(2 * diagnosis.seconds);
  const run = { testFiles, framework, specifiedTests, observed: false, limitSeconds };
  const { output } = yield* look(
    `cd ${quote(task.sourceTree)} && git apply - ${hereDocument(patch)}\n` +
      `${language.diagnoseCommand(run)}\ngit checkout -q -- ${quote(path)}`,
  );
  return language.readDiagnosis(output);
}

/**
 * Writes and submits the repair's diff, without the specification's tests: a repair is a change of code. Where nothing was
 * tried an added line end must do: a rollout ends with a diff.
 */
function* submitPatch(task: SolverTask, best: Attempted | undefined): Steps<void> {
  const change =
    best === undefined
      ? `{ ${SOURCES.map((pattern) => `git ls-files -z -- '${pattern}'`).join('; ')}; } | head -z -n 1 | xargs -0 sh -c 'echo >> "$0"'`
      : `git apply - ${hereDocument(best.patch)}`;
  const options = '--no-color --no-ext-diff --no-renames --src-prefix=a/ --dst-prefix=b/';
  yield* bash(
    `cd ${quote(task.sourceTree)} && git checkout -q -- . && ${change}\ngit --no-pager diff ${options} HEAD > ${PATCH_FILE}`,
  );
  yield { tool: 'submit', paths: [PATCH_FILE], leavesNoTrace: true };
}
