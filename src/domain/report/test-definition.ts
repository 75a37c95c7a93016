import { javaScriptTitleOf, unescaped } from './javascript-titles.ts';

/**
 * The name that a test is defined by, taken from its id: `tests/test_a.py::TestX::test_b[1]`, `test_b (a.TestX)` and
 * `a.TestX.test_b` are `test_b`; Go's `TestX/sub` is `TestX`; a JavaScript title is its last part
 * (docs/specification.md#weakening-validity).
 */
export function testNameOf(id: string): string {
  const title = javaScriptTitleOf(id);
  if (title !== undefined) return title;
  const pytest = /^(?:[^[]*)::([^[:]+)(?:\[.*)?$/su.exec(id)?.[1];
  if (pytest !== undefined) return pytest.trim();
  const unittest = /^([\p{L}\p{N}_]+) \([\p{L}\p{N}_.]+\)/u.exec(id)?.[1];
  if (unittest !== undefined) return unittest;
  return goName(id) ?? titleOrIdentifier(id);
}

/**
 * Every name that a test of this id may be defined by, the likeliest first: what stands behind each separator in it, the
 * longest part first, for runners join the titles of suites and test by blanks, arrows or colons, and titles hold such
 * signs too; then its own.
 */
export function possibleNames(id: string): readonly string[] {
  const ends = [...id.slice(0, LONGEST_SEARCHED).matchAll(SEPARATOR)]
    .slice(0, MAX_ENDS)
    .map(({ index, 0: separator }) => id.slice(index + separator.length));
  return [id, ...ends, testNameOf(id)];
}

/** Every name that one of these tests may be defined by. */
export function namesOf(ids: readonly string[]): ReadonlySet<string> {
  return new Set(ids.flatMap(possibleNames));
}

// A dot may stand before a title of several words; of dotted names `testNameOf` takes the last.
const SEPARATOR = /(?:\s|[>›»:/|·-]|\.(?=[^\s.]+\s))+/gu;

// Titles have some ten words behind a handful of suites; ids are hostile and may have a thousand.
const LONGEST_SEARCHED = 500;
const MAX_ENDS = 50;

/** The file that an id names before its first `::`, as pytest writes it. */
export function testFileOf(id: string): string | undefined {
  return /^([^:]+\.(?:pyi?|[cm]?[jt]sx?|go|rs|rb|exs|java|kt|cc?|cpp|rst|txt|md))::/
    .exec(id)?.[1]
    ?.replace(/^\.\//, '');
}

/** The names of the tests that lines of code define. A commented-out definition is none. */
export function definedTestNames(lines: readonly string[]): ReadonlySet<string> {
  return new Set(
    lines.flatMap((line) =>
      DEFINITIONS.flatMap((pattern) => {
        const { name, quote } = pattern.exec(line)?.groups ?? {};
        return name === undefined ? [] : quote === undefined ? name : unescaped(name);
      }),
    ),
  );
}

const DEFINITIONS = [
  // def test_x(…, async def, func (s *Suite) TestX(…, function testX(…, class TestX
  /^\s*(?:(?:export|default|pub|public|private|static|async|final|override)\s+)*(?:def|func|function|fn|void|sub|class)\s+(?:\([^)]*\)\s*)?(?<name>[\p{L}_$][\p{L}\p{N}_$]*)/u,
  // test_x = make_test(…), testX: function …
  /^\s*(?:(?:const|let|var)\s+)?(?<name>[\p{L}_$][\p{L}\p{N}_$]*)\s*(?:=(?!=)|:)/u,
  // testX() { … }
  /^\s*(?:async\s+)?(?<name>[\p{L}_$][\p{L}\p{N}_$]*)\([^()]*\)\s*\{\s*$/u,
  // it('does x', …), await t.test("does x", …), t.Run("does x", …)
  /^\s*(?:await\s+)?[\w.$]+\(\s*(?<quote>['"`])(?<name>(?:\\.|(?!\k<quote>)[^\\])+)\k<quote>/u,
];

// go test: the first segment that go would run, whatever package comes before it and whatever subtests after.
function goName(id: string): string | undefined {
  for (const segment of id.split(/[\s/]/)) {
    const name = segment.split('.').at(-1) ?? '';
    if (/^(?:Test|Fuzz|Example|Benchmark)(?!\p{Ll})[\p{L}\p{N}_]*$/u.test(name)) return name;
  }
  return undefined;
}

function titleOrIdentifier(id: string): string {
  const last =
    id
      .split(/ [>›»] |::/)
      .at(-1)
      ?.trim() ?? '';
  const dotted = /^[\p{L}\p{N}_.]+\.([\p{L}\p{N}_]+)(?:[[(].*)?$/su.exec(last)?.[1];
  return dotted ?? /^[\p{L}\p{N}_]+(?=\[)/u.exec(last)?.[0] ?? (last || id);
}
