import { idNamed, idsByName, markOf } from './log-marks.ts';
import { testNameOf } from './test-definition.ts';
import type { TestReport } from './test-report.ts';

/** A log that ends where a test has begun, and nothing is said of it yet: what code that ends the process leaves behind. */
export interface StartedCut {
  readonly test: string;
  readonly log: string;
}

/**
 * The original's log, cut right before it says that a test passed; the last test first, for a process that ends in the
 * last test of a log has started all others (docs/specification.md#parser).
 *
 * Only where the runner names the test first and says afterwards how it ended: on one line, or with a line for its start.
 */
export function startedInOriginal(log: string, report: TestReport): readonly StartedCut[] {
  const candidates = startedTests(log, report);
  const cuts: StartedCut[] = [];
  for (const { test, lineAt, cutAt } of lastFirst(candidates).slice(0, MAX_TRIES)) {
    if (cuts.length === MAX_CUTS_OF_ORIGINAL) break;
    // A name that stands further up may have been reported there, in words that are not known here.
    if (mentionOf(log, test) >= lineAt) cuts.push({ test, log: log.slice(0, cutAt) });
  }
  return cuts;
}

/**
 * The buggy state's log, cut behind the first mention of a test that fails in it: there is no place in it where the test
 * has passed. The cut keeps whatever the line shares with the test's line in the original's log, so it ends where the two
 * begin to differ; no words of any runner are needed.
 *
 * The last one comes a second time with the end that both logs share: what the script itself prints behind its tests.
 */
export function startedInBuggy(original: string, buggy: string, failing: readonly string[]): readonly StartedCut[] {
  const cuts = spread(failing, MAX_TRIES)
    .flatMap((test) => cutOfFailing(original, buggy, test) ?? [])
    .sort((one, other) => other.log.length - one.log.length);
  const chosen = spread(cuts, MAX_CUTS_OF_BUGGY);
  const [last] = chosen;
  const end = sharedEnd(original, buggy);
  if (last === undefined || end.trim() === '' || mentionOf(end, last.test) !== Infinity) return chosen;
  return [...chosen, { test: last.test, log: `${last.log}\n${end}` }];
}

// Each is a run of the parser; the first ones are the last tests of the log, where an early end pays.
const MAX_CUTS_OF_ORIGINAL = 2;
const MAX_CUTS_OF_BUGGY = 3;

// Each try searches logs of up to 8 MiB a few times: milliseconds.
const MAX_TRIES = 40;

interface StartedTest {
  readonly test: string;
  /** Where the line begins that names the test first. */
  readonly lineAt: number;
  readonly cutAt: number;
}

/** Tests that pass, in the order of the log, with the place up to which it has only named them. */
function startedTests(log: string, report: TestReport): readonly StartedTest[] {
  const ids = idsByName([...report.passed, ...report.failed]);
  const passed = new Set(report.passed);
  const begun = new Map<string, StartedTest>();
  const found = new Map<string, StartedTest>();
  for (const { line, at } of linesOf(log)) {
    const mark = markOf(line);
    const test = idNamed(mark?.name ?? startIn(line) ?? '', ids);
    if (test === undefined || !passed.has(test) || found.has(test)) continue;
    const start = begun.get(test);
    if (mark === undefined) begun.set(test, start ?? { test, lineAt: at, cutAt: at + line.length });
    else if (start !== undefined) found.set(test, start);
    else if (mark.saidAt !== undefined) found.set(test, { test, lineAt: at, cutAt: at + mark.saidAt });
  }
  return [...found.values()];
}

/** The name of the test that a line says to begin. */
function startIn(line: string): string | undefined {
  return START.exec(line)?.groups?.name ?? JSON_START.exec(line)?.groups?.name;
}

// go test -v, and node:test's TAP.
const START = /^\s*(?:=== RUN\s+|# Subtest: )(?<name>\S.{0,999})$/;

// go test -json
const JSON_START = /^\{(?:"Time":"[^"]*",)?"Action":"run","Package":"[^"]*","Test":"(?<name>[^"\\]+)"\}$/;

function cutOfFailing(original: string, buggy: string, test: string): StartedCut | undefined {
  const here = beginningWith(buggy, test);
  if (here === undefined) return undefined;
  const there = beginningWith(original, test);
  const end = Math.max(here.named, lengthUnsaid(here.line, there?.line ?? ''));
  return { test, log: buggy.slice(0, here.at + end) };
}

/**
 * How much of a line can stand before it is known how its test ends. Where both states have the same line it may say
 * that the test passed: what fails is then its clean-up, further down.
 */
function lengthUnsaid(line: string, original: string): number {
  if (startIn(line) !== undefined) return line.length;
  if (line === original) return 0;
  const mark = markOf(line);
  const said = mark?.failed === false ? (mark.saidAt ?? 0) : Infinity;
  return Math.min(said, sharedLength(line, original));
}

/** The line that names the test first, if it begins with the name or tells its start; `named` is where the name ends in it. */
function beginningWith(log: string, test: string) {
  const mention = mentionOf(log, test);
  if (mention === Infinity) return undefined;
  const at = log.lastIndexOf('\n', mention - 1) + 1;
  const end = log.indexOf('\n', mention);
  const line = log.slice(at, end === -1 ? undefined : end);
  const before = line.slice(0, mention - at);
  const name = log.startsWith(test, mention) ? test : testNameOf(test);
  const named = mention - at + name.length;
  if (before.trim() !== '' && startIn(line) === undefined) return undefined;
  return { at, line, named };
}

/** Where a log first holds the id, or else the name of a test, as a word of its own; Infinity where it does not. */
function mentionOf(log: string, test: string): number {
  const id = wordAt(log, test);
  return id === Infinity ? wordAt(log, testNameOf(test)) : id;
}

function wordAt(log: string, word: string): number {
  for (let at = log.indexOf(word), tries = 0; at !== -1 && tries < MAX_MENTIONS; tries += 1) {
    if (!LETTER.test(log.charAt(at - 1)) && !LETTER.test(log.charAt(at + word.length))) return at;
    at = log.indexOf(word, at + 1);
  }
  return Infinity;
}

const LETTER = /[\p{L}\p{N}_]/u;

// A short name may be part of many others; who finds none in so many is not asked about this test.
const MAX_MENTIONS = 10_000;

function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one.charAt(length) === other.charAt(length)) length += 1;
  return length;
}

/** The lines that two logs end with, as far as they are the same; none where all of one is the end of the other. */
function sharedEnd(one: string, other: string): string {
  const [ones, others] = [one.split('\n'), other.split('\n')];
  let count = 0;
  while (count < ones.length && count < others.length && ones.at(-1 - count) === others.at(-1 - count)) count += 1;
  return count === ones.length || count === others.length ? '' : others.slice(others.length - count).join('\n');
}

function* linesOf(log: string): Generator<{ readonly line: string; readonly at: number }> {
  let at = 0;
  for (const line of log.split('\n')) {
    yield { line, at };
    at += line.length + 1;
  }
}

/** The last, the first, and whatever lies between. */
function lastFirst<Item>(items: readonly Item[]): readonly Item[] {
  const last = items.at(-1);
  return last === undefined ? [] : [last, ...items.slice(0, -1)];
}

/** At most so many, evenly, the first and the last among them. */
function spread<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const step = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * step)]).flatMap((item) => item ?? []);
}
