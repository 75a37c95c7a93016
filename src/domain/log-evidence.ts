import { namesAbsentFrom, withoutColour } from './log-names.ts';
import { steadyName, steadyText } from './steady-text.ts';
import { testNameOf } from './test-definition.ts';
import type { TestReport } from './test-report.ts';
import { statusesOf } from './test-status.ts';

/** How far a log bears out what the parser made of it (SPEC 4, check 2). Both lists sorted. */
export interface LogEvidence {
  /** Tests that the parser calls passed and whose names the log does not hold. */
  readonly unnamed: readonly string[];
  /** Tests of which the log says one thing only, and the parser the other. */
  readonly contradicted: readonly string[];
}

/** Compares a report with its log, in the words of the runners that are common in Python, JavaScript and Go. */
export function logEvidence(log: string, report: TestReport): LogEvidence {
  const text = steadyText(log);
  const absent = new Set(namesAbsentFrom(text, report.passed.map(testNameOf)));
  const unnamed = report.passed.filter((id) => absent.has(testNameOf(id)));
  return { unnamed, contradicted: contradicted(withoutColour(text), report) };
}

interface Marks {
  readonly passed: boolean;
  readonly failed: boolean;
}

/**
 * Only a name that belongs to one test, and of which all marks agree, speaks against the parser: titles repeat, a test is
 * run again, a clean-up fails after its test has passed.
 */
function contradicted(log: string, report: TestReport): readonly string[] {
  const statuses = statusesOf(report);
  const marks = marksIn(log, idsByName(statuses.keys()));
  return [...statuses]
    .filter(([id, status]) => {
      const found = marks.get(id);
      return found !== undefined && found.passed !== found.failed && found.failed === (status === 'passed');
    })
    .map(([id]) => id)
    .sort();
}

/** The test that a name means: ids themselves, and names that one test alone has. */
function idsByName(ids: Iterable<string>): ReadonlyMap<string, string> {
  const owners = new Map<string, string | undefined>();
  const all = [...ids];
  for (const id of all) {
    const name = testNameOf(id);
    owners.set(name, owners.has(name) ? undefined : id);
  }
  for (const id of all) owners.set(id, id);
  return new Map([...owners].flatMap(([name, id]) => (id === undefined ? [] : [[name, id] as const])));
}

function marksIn(log: string, ids: ReadonlyMap<string, string>): ReadonlyMap<string, Marks> {
  const marks = new Map<string, Marks>();
  for (const line of log.split('\n')) {
    const found = line.length > LONGEST_LINE ? undefined : markOf(line);
    if (found === undefined) continue;
    const name = steadyName(found.name);
    const id = ids.get(name) ?? ids.get(testNameOf(name));
    if (id === undefined) continue;
    const known = marks.get(id) ?? { passed: false, failed: false };
    marks.set(id, found.failed ? { ...known, failed: true } : { ...known, passed: true });
  }
  return marks;
}

// Longer lines are no line of a reporter about one test, and cost time.
const LONGEST_LINE = 1_000;

function markOf(line: string): { readonly name: string; readonly failed: boolean } | undefined {
  for (const { pattern, failing } of PATTERNS) {
    const { name, word } = pattern.exec(line)?.groups ?? {};
    if (name !== undefined && word !== undefined) return { name, failed: failing.test(word) };
  }
  return undefined;
}

const PATTERNS = [
  // pytest's summary: FAILED a.py::test_b - AssertionError
  { pattern: /^(?<word>PASSED|FAILED|ERROR) (?<name>\S.*?)(?: - .*)?$/, failing: /FAILED|ERROR/ },
  // pytest -v: a.py::test_b FAILED   [ 50%]
  { pattern: /^(?<name>\S+::\S.*?) (?<word>PASSED|FAILED|ERROR)\s*(?:\[\s*\d+%\])?$/, failing: /FAILED|ERROR/ },
  // unittest -v: test_b (a.TestX.test_b) ... FAIL
  { pattern: /^(?<name>\S.*?) \.\.\. (?<word>ok|FAIL|ERROR)$/, failing: /FAIL|ERROR/ },
  // go test -v: --- FAIL: TestX (0.00s)
  { pattern: /^\s*--- (?<word>PASS|FAIL): (?<name>\S+) \(/, failing: /FAIL/ },
  // TAP: not ok 3 - title; what is marked TODO or SKIP does not count
  { pattern: /^\s*(?<word>ok|not ok) \d+ (?:- )?(?<name>[^#]*[^#\s])\s*(?:# time=\S+)?$/, failing: /not/ },
  // mocha, jest, vitest: ✓ title (3 ms)
  { pattern: /^\s*(?<word>[✓✔√✗✘×✖✕]) (?<name>\S.*?)$/, failing: /[✗✘×✖✕]/ },
] as const;
