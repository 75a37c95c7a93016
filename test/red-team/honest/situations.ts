import { ORIGINAL } from '../../support/artifact-fixture.ts';
import { GO_TABLE, goBeyondAscii, goTable } from '../projects/go-situations.ts';
import { ARITH, BUGGY_ARITH, unittest } from '../projects/python.ts';
import {
  CONTRACT,
  GENERATED,
  HEIR,
  HEIR_CLASS,
  HIGH_CLASS,
  INHERITED,
  mochaWith,
  moments,
  ODD_ARITH,
  ROWS_OF_SUBTESTS,
  sameNames,
  table,
  UNIT_HIGH,
  UNIT_TESTS,
  unittestWith,
  vitestWith,
  windowsLineEnds,
} from '../projects/situations.ts';
import { edited, honestArtifact, honestPatch, type Trial } from '../trial.ts';

/** How people test and how runners name tests, each with an artifact that an honest injector would hand in. */
export const honestSituations: readonly Trial[] = [
  ...[
    { name: 'weakening-takes-rows-of-a-table', source: 'pytest: only the revealing rows go', project: table },
    {
      name: 'weakening-takes-generated-tests',
      source: 'tests that a loop makes: one entry of its table goes',
      project: unittestWith('generated', GENERATED, edited(GENERATED, '    "high": (clamp(15, 0, 10), 10),\n', '')),
    },
    {
      name: 'weakening-takes-an-inheriting-class',
      source: 'the test stands in a class that others inherit',
      project: unittestWith('inherited', INHERITED, edited(INHERITED, HIGH_CLASS, '')),
    },
    {
      name: 'weakening-takes-the-only-heir',
      source: 'the class that it inherits from stands in a file that stays',
      project: unittestWith('heir', HEIR, edited(HEIR, HEIR_CLASS, '')),
      subject: { 'tests/contract.py': CONTRACT },
    },
    {
      name: 'weakening-takes-a-subtest',
      source: 'unittest: one subtest of a loop goes, the test that held it passes',
      project: unittestWith('subtests', ROWS_OF_SUBTESTS, edited(ROWS_OF_SUBTESTS, ', (15, 10)', '')),
    },
    {
      name: 'weakening-takes-a-name-beyond-ascii',
      source: 'letters outside of ASCII in the name of a method',
      project: unittestWith(
        'beyond-ascii',
        edited(UNIT_TESTS, 'test_clamp_high', 'test_clamp_größte_zahl'),
        edited(UNIT_TESTS, UNIT_HIGH, ''),
      ),
    },
    {
      name: 'weakening-takes-titles-of-a-loop',
      source: 'titles that are templates',
      project: mochaWith(
        'template-titles',
        '  for (const value of [15, 1e9]) {\n    it(`keeps ${value} within`, () => assert.strictEqual(clamp(value, 0, 10), 10));\n  }\n',
      ),
    },
    {
      name: 'weakening-takes-a-title-on-its-own-line',
      source: 'a formatter puts long titles on a line of their own',
      project: mochaWith(
        'title-on-its-own-line',
        "  it(\n    'keeps the upper limit',\n    () => assert.strictEqual(clamp(15, 0, 10), 10),\n  );\n",
      ),
    },
    {
      name: 'weakening-takes-a-title-with-a-tab',
      source: 'a tab in a title',
      project: mochaWith('tab', "  it('keeps\\tthe limit', () => assert.strictEqual(clamp(15, 0, 10), 10));\n"),
    },
    {
      name: 'weakening-takes-one-of-twins',
      source: 'two titles that differ in nothing but a duration',
      project: mochaWith('twins', "  it('waits (5 s)', () => assert.strictEqual(clamp(15, 0, 10), 10));\n"),
    },
    {
      name: 'weakening-takes-each',
      source: 'vitest: a table of tests goes as a whole',
      project: vitestWith(
        'each',
        "  it.each([\n    [15, 10],\n    [1e9, 10],\n  ])('keeps %i within %i', (value, wanted) => {\n    expect(clamp(value, 0, 10)).toBe(wanted);\n  });\n",
      ),
    },
    {
      name: 'weakening-takes-a-title-with-a-separator',
      source: 'a title that holds the sign between suites and titles',
      project: vitestWith(
        'separator',
        "  it('keeps the limit if value > limit > 0', () => {\n    expect(clamp(15, 0, 10)).toBe(10);\n  });\n",
      ),
    },
    { name: 'weakening-takes-a-go-table', source: 'go test -json, the whole table test goes', project: goTable('') },
    {
      name: 'weakening-takes-rows-of-a-go-table',
      source: 'go test -json, one row of the table goes',
      project: goTable(edited(GO_TABLE, '\t\t{"too high", 15, 10},\n', '')),
    },
    {
      name: 'weakening-takes-a-go-test-beyond-ascii',
      source: 'go test -json, letters outside of ASCII in the name of a test with subtests',
      project: goBeyondAscii(() => ''),
    },
    {
      name: 'script-runs-a-test-of-the-same-base-name',
      source: 'code and test are called limits.js; the script starts the test from within its folder',
      project: sameNames,
    },
  ].map(honestArtifact),
  honestArtifact({
    name: 'test-file-behind-a-link',
    source: 'the runner finds the tests through a link; the list names the file itself',
    project: unittest,
    subject: { 'checks/test_arith.py': UNIT_TESTS, 'tests/test_arith.py': '-> ../checks/test_arith.py' },
    weakening: { 'checks/test_arith.py': edited(UNIT_TESTS, UNIT_HIGH, '') },
    files: { 'test_files.txt': 'checks/test_arith.py\ntests/test_words.py\n' },
  }),
  honestArtifact({
    name: 'bug-among-odd-line-ends',
    source: 'form feeds and line separators in code and behind the marks of a hunk',
    project: unittest,
    subject: { 'calc/arith.py': ODD_ARITH },
    bug: { 'calc/arith.py': edited(ODD_ARITH, '    if value > high:\n        return high\n', '') },
  }),
  ...['shop/vendor/arith.py', 'src/queue.py', 'profile/arith.py', 'calc/spec/arith.py'].map((path) =>
    honestArtifact({
      name: `bug-in-${path.replaceAll('/', '-')}`,
      source: 'business code in a folder, or under a name, that means something to some runner',
      project: unittest,
      ...inAnotherPlace(path),
    }),
  ),
  honestPatch({
    name: 'repair-beside-ids-that-pass',
    source: 'ids that hold the time and an identifier: other ones in each run, put aside',
    project: moments,
    change: { 'calc/arith.py': ARITH, 'calc/words.py': ORIGINAL['calc/words.py'] ?? '' },
  }),
  honestPatch({
    name: 'repair-among-windows-line-ends',
    source: 'CRLF in the tree and in the lines of the diff',
    project: windowsLineEnds,
    change: { 'calc/arith.py': windowsLineEnds().original['calc/arith.py'] ?? '' },
  }),
  honestPatch({
    name: 'repair-with-quoted-names',
    source: 'git quotes a name, and ends it with a tab where it holds a blank',
    project: unittest,
    change: {
      'calc/arith.py': ARITH,
      'calc/words.py': ORIGINAL['calc/words.py'] ?? '',
      'calc/größte zahl.py': 'X = 1\n',
      'notes "a".md': 'hello',
    },
  }),
];

/** The module with the bug in another place; what tests import passes it on. */
function inAnotherPlace(path: string) {
  const isModule = !path.startsWith('src/');
  const name = path.replace(/\.py$/, '').replaceAll('/', '.');
  const packages = path
    .split('/')
    .slice(0, -1)
    .map((_, index, folders) => `${folders.slice(0, index + 1).join('/')}/__init__.py`);
  return {
    subject: {
      ...Object.fromEntries(packages.map((file) => [file, ''])),
      [path]: ARITH,
      'calc/arith.py': `from ${name} import add, clamp\n\n__all__ = ["add", "clamp"]\n`,
      ...(isModule ? {} : { 'src/__init__.py': '' }),
    },
    bug: { [path]: BUGGY_ARITH },
  };
}
