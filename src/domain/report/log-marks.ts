import { steadyName } from './steady-text.ts';
import { testNameOf } from './test-definition.ts';

/** What a line of a log says about one test, in the words of the runners that are common in Python, JavaScript and Go. */
export interface Mark {
  /** As the line has it, with whatever else differs from run to run. */
  readonly name: string;
  readonly failed: boolean;
  /** Where the line begins to say so, when the name stands before it; a test that is running has printed what is before. */
  readonly saidAt: number | undefined;
}

export function markOf(printed: string): Mark | undefined {
  // What a Windows program prints ends with CR LF.
  const line = printed.replace(/\r$/, '');
  if (line.length > LONGEST_LINE) return undefined;
  for (const { pattern, failing } of PATTERNS) {
    const found = pattern.exec(line);
    const { name, word } = found?.groups ?? {};
    if (name === undefined || word === undefined) continue;
    const [nameAt = 0] = found?.indices?.groups?.name ?? [];
    const [wordAt = 0] = found?.indices?.groups?.word ?? [];
    return { name, failed: failing.test(word), saidAt: nameAt < wordAt ? wordAt : undefined };
  }
  return undefined;
}

/** The test that each name means: ids themselves, and names that one test alone has. */
export function idsByName(ids: Iterable<string>): ReadonlyMap<string, string> {
  const owners = new Map<string, string | undefined>();
  const all = [...ids];
  for (const id of all) {
    const name = testNameOf(id);
    owners.set(name, owners.has(name) ? undefined : id);
  }
  for (const id of all) owners.set(id, id);
  return new Map([...owners].flatMap(([name, id]) => (id === undefined ? [] : [[name, id] as const])));
}

/** The test that a name in a log means, by `idsByName`. */
export function idNamed(name: string, ids: ReadonlyMap<string, string>): string | undefined {
  const steady = steadyName(name);
  return ids.get(name) ?? ids.get(steady) ?? ids.get(testNameOf(steady));
}

// Longer lines are no line of a reporter about one test, and cost time.
const LONGEST_LINE = 1_000;

const PATTERNS = [
  // pytest's summary: FAILED a.py::test_b - AssertionError
  { pattern: /^(?<word>PASSED|FAILED|ERROR) (?<name>\S.*?)(?: - .*)?$/ds, failing: /FAILED|ERROR/ },
  // pytest -v: a.py::test_b FAILED   [ 50%]
  { pattern: /^(?<name>\S+::\S.*?) (?<word>PASSED|FAILED|ERROR)\s*(?:\[\s*\d+%\])?$/ds, failing: /FAILED|ERROR/ },
  // unittest -v: test_b (a.TestX.test_b) ... FAIL
  { pattern: /^(?<name>\S.*?) \.\.\. (?<word>ok|FAIL|ERROR)$/ds, failing: /FAIL|ERROR/ },
  // go test -v: --- FAIL: TestX (0.00s)
  { pattern: /^\s*--- (?<word>PASS|FAIL): (?<name>\S+) \(/d, failing: /FAIL/ },
  // go test -json
  {
    pattern: /^\{(?:"Time":"[^"]*",)?"Action":"(?<word>pass|fail)","Package":"[^"]*","Test":"(?<name>[^"\\]+)"/d,
    failing: /fail/,
  },
  // TAP: not ok 3 - title; what is marked TODO or SKIP does not count
  { pattern: /^\s*(?<word>ok|not ok) \d+ (?:- )?(?<name>[^#]*[^#\s])\s*(?:# time=\S+)?$/ds, failing: /not/ },
  // mocha, jest, vitest: ✓ title (3 ms)
  { pattern: /^\s*(?<word>[✓✔√✗✘×✖✕]) (?<name>\S.*?)$/ds, failing: /[✗✘×✖✕]/ },
] as const;
