import { ARTIFACT_FILES } from '../../domain/bug-artifact.ts';
import type { Choose } from './choose.ts';
import { flag } from './features.ts';
import { chooseEdit, type KnownText } from './injector/candidate-bugs.ts';
import { discoverTests, type Discovery, type WatchedFile } from './injector/discover-tests.ts';
import { countChanges, isCode, pastChanges, type PastChange } from './injector/history.ts';
import { tryBug, type BugSite } from './injector/try-bug.ts';
import type { CodeEdit } from './languages/code-edit.ts';
import type { Language, TextByPath } from './languages/language.ts';
import { readText } from './read-text.ts';
import { bash, quote, type Steps } from './steps.ts';
import { surveyTree } from './survey-tree.ts';
import type { InjectorTask } from './task.ts';

/** Library files that are looked at, and edits that are tried in one, before the injector gives up. */
const MOST_FILES = 5;
const MOST_EDITS = 8;

/** Finds and runs the tests, breaks code so that some of them fail, takes those away, and submits the artifact. */
export function* injectorProgram(task: InjectorTask, choose: Choose, languages: readonly Language[]): Steps<void> {
  yield* inject(task, choose, languages);
  const paths = ARTIFACT_FILES.map((name) => `${task.artifactDirectory}/${name}`);
  // Without a submission a rollout cannot end: where no bug was found, what there is must do.
  yield* bash(`mkdir -p ${quote(task.artifactDirectory)} && touch -- ${paths.map(quote).join(' ')}`);
  yield { tool: 'submit', paths };
}

function* inject(task: InjectorTask, choose: Choose, languages: readonly Language[]): Steps<void> {
  const surveyed = yield* surveyTree(task.sourceTree, languages);
  if (surveyed === undefined) return;
  const changes = task.strategy === 'history' ? yield* countChanges(task.sourceTree) : new Map<string, number>();
  const discovery = { ...surveyed, task, choose, changes };
  const tried = new Map<string, number>();
  for (let file = 0; file < MOST_FILES; file += 1) {
    const watched = yield* discoverTests(discovery, tried);
    if (watched === undefined) continue;
    const { path } = watched.library;
    tried.set(path, (tried.get(path) ?? 0) + 1);
    const site = yield* readSite(discovery, watched);
    if (site !== undefined && (yield* breakCode(site))) return;
  }
}

/** Reads the library file and the tests. */
function* readSite(discovery: Discovery, watched: WatchedFile): Steps<BugSite | undefined> {
  const { sourceTree } = discovery.task;
  const text = yield* readText(sourceTree, watched.library.path);
  if (text === undefined) return undefined;
  const tests: Record<string, string> = {};
  for (const path of [...watched.suite.testFiles, ...watched.helpers]) {
    const test = yield* readText(sourceTree, path);
    if (test !== undefined) tests[path] = test;
  }
  return { discovery, watched, library: { path: watched.library.path, text }, tests };
}

function* breakCode(site: BugSite): Steps<boolean> {
  const { discovery, library } = site;
  const { sourceTree, strategy } = discovery.task;
  const past = strategy === 'history' ? yield* pastChanges(sourceTree, library.path, library.text) : [];
  const tried: CodeEdit[] = [];
  for (let count = 0; count < MOST_EDITS; count += 1) {
    const edit = nextEdit(site, past, tried);
    if (edit === undefined) return false;
    tried.push(edit);
    if (yield* tryBug(site, edit)) return true;
  }
  return false;
}

function nextEdit(
  { discovery: { choose, task, language }, library, tests }: BugSite,
  past: readonly PastChange[],
  tried: readonly CodeEdit[],
): CodeEdit | undefined {
  const search = { choose, language, library, testText: allText(tests) };
  if (task.strategy !== 'history') return chooseEdit(search, task.strategy, tried);
  const left = past.filter((change) => !tried.includes(change));
  return choose('history-hunk', left, (change) => hunkFeatures(change, library, language));
}

function hunkFeatures({ age, edit, removedLines, addedLines }: PastChange, { text }: KnownText, language: Language) {
  const regions = language.functionsOf(text);
  const code = [...removedLines, ...addedLines].filter(isCode);
  return {
    'removed-lines': removedLines.length,
    'added-lines': addedLines.length,
    code: code.filter((line) => /[=(]|\breturn\b/.test(line)).length / Math.max(1, code.length),
    'in-function': flag(regions.some(({ start, end }) => edit.start > start && edit.start < end)),
    age,
  };
}

function allText(texts: TextByPath): string {
  return Object.values(texts).join('\n');
}
