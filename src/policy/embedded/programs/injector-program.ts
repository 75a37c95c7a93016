import { ARTIFACT_FILES } from '../../../domain/artifact/bug-artifact.ts';
import type { Choose } from '../choice/choose.ts';
import { flag } from '../choice/features.ts';
import { chooseEdit, type KnownText } from './injector/candidate-bugs.ts';
import { discoverTests, type Discovery, type WatchedFile } from './injector/discover-tests.ts';
import { countChanges, isCode, readHistory, undoableChanges, type PastChange } from './injector/history.ts';
import { tryBug, type BugSite } from './injector/try-bug.ts';
import { isSameEdit, type CodeEdit } from '../languages/code-edit.ts';
import type { Language, TextByPath } from '../languages/language.ts';
import { readTexts } from '../steps/read-text.ts';
import { bash, quote, type Steps } from '../steps/steps.ts';
import { surveyTree } from './survey-tree.ts';
import type { InjectorTask } from './task.ts';

/** Library files that are looked at, and edits that are tried in one, before the injector gives up. */
const MOST_FILES = 6;
const MOST_EDITS = 12;
/** Files whose past is searched; where that leads nowhere, removing code is the nearest thing to undoing changes. */
const MOST_HISTORY_FILES = 4;
/** Characters read after which no other file is begun; four are a token, and the context holds 131 072 of them. */
const MOST_READ = 160_000;
/** Tests that do not notice this many edits are about something else. */
const MOST_UNNOTICED_EDITS = 5;

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
  const known = new Map<string, string>();
  for (let file = 0; file < MOST_FILES && lengthOf(known) < MOST_READ; file += 1) {
    const watched = yield* discoverTests(discovery, tried);
    if (watched === undefined) continue;
    const { path } = watched.library;
    tried.set(path, (tried.get(path) ?? 0) + 1);
    const site = yield* readSite(discovery, watched, known);
    const past = file < MOST_HISTORY_FILES ? yield* readPast(task, site?.library, known) : undefined;
    if (site !== undefined && (yield* breakCode(site, past))) return;
  }
}

/** Reads the library file and the tests, each once in a rollout. */
function* readSite(discovery: Discovery, watched: WatchedFile, known: Map<string, string>): Steps<BugSite | undefined> {
  const { path } = watched.library;
  const testFiles = [...watched.suite.testFiles, ...watched.helpers];
  const unread = [path, ...testFiles].filter((each) => !known.has(each));
  for (const [each, read] of yield* readTexts(discovery.task.sourceTree, unread)) known.set(each, read);
  const text = known.get(path);
  if (text === undefined) return undefined;
  const tests = Object.fromEntries(testFiles.flatMap((each) => [[each, known.get(each) ?? '']]));
  return { discovery, watched, library: { path, text }, tests };
}

/** The past changes that can be undone in a file; undefined where the strategy does not ask for them. */
function* readPast(
  { strategy, sourceTree }: InjectorTask,
  library: KnownText | undefined,
  known: Map<string, string>,
): Steps<readonly PastChange[] | undefined> {
  if (strategy !== 'history' || library === undefined) return undefined;
  const key = `history of ${library.path}`;
  const log = known.get(key) ?? (yield* readHistory(sourceTree, library.path));
  known.set(key, log);
  return undoableChanges(log, library.text);
}

function* breakCode(site: BugSite, past: readonly PastChange[] | undefined): Steps<boolean> {
  const tried: CodeEdit[] = [];
  let noticed = false;
  while (tried.length < (noticed ? MOST_EDITS : MOST_UNNOTICED_EDITS)) {
    const edit = nextEdit(site, past, tried);
    if (edit === undefined) return false;
    tried.push(edit);
    const trial = yield* tryBug(site, edit);
    if (trial === 'ready') return true;
    noticed ||= trial !== 'unnoticed';
  }
  return false;
}

function nextEdit(
  { discovery: { choose, task, language }, library, tests }: BugSite,
  past: readonly PastChange[] | undefined,
  tried: readonly CodeEdit[],
): CodeEdit | undefined {
  if (past !== undefined) {
    const left = past.filter((change) => !tried.some((other) => isSameEdit(change, other)));
    return choose('history-hunk', left, (change) => hunkFeatures(change, library, language));
  }
  const strategy = task.strategy === 'direct' ? 'direct' : 'removal';
  return chooseEdit({ choose, language, library, testText: allText(tests) }, strategy, tried);
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

function lengthOf(texts: ReadonlyMap<string, string>): number {
  return [...texts.values()].reduce((sum, text) => sum + text.length, 0);
}

function allText(texts: TextByPath): string {
  return Object.values(texts).join('\n');
}
