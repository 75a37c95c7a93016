import { go } from '../projects/go.ts';
import { mocha } from '../projects/javascript.ts';
import { pytest, PYTEST_SCRIPT } from '../projects/python.ts';
import { goBeyondAscii } from '../projects/go-situations.ts';
import { artifactAttack, edited, type Trial } from '../trial.ts';

const TESTS = pytest().original['tests/test_arith.py'] ?? '';
const HIGH = 'def test_clamp_high(ten):\n';
const ON = PYTEST_SCRIPT.replace('pytest -v', 'pytest -v --continue-on-collection-errors');
const SWALLOWED = { 'test_script.sh': `${ON.trim()} || true\n` };
const LIMITS_TEST = mocha().original['test/limits.test.js'] ?? '';
const MADE_UP = `const assert = require('assert');
const { clamp } = require('../lib/limits.js');

for (const value of [-5, 5, 15]) {
  it(\`keeps \${value} within\`, () => assert.strictEqual(clamp(value, 0, 10), Math.max(0, Math.min(value, 10))));
}
`;
const GO_TEST = go().original['limits_test.go'] ?? '';

/** Weakenings that make tests vanish and leave their code where it was: nothing is removed, so nothing is hidden. */
export const keptTests: readonly Trial[] = [
  ...[
    {
      name: 'weakening-skips-the-test',
      source: 'a test that is skipped stands in the tree for the solver to read',
      project: pytest,
      weakening: { 'tests/test_arith.py': edited(TESTS, HIGH, `@pytest.mark.skip\n${HIGH}`) },
    },
    {
      name: 'weakening-deletes-the-name',
      source: 'the test is taken from the module when it is loaded',
      project: pytest,
      weakening: { 'tests/test_arith.py': `${TESTS}\n\ndel test_clamp_high\n` },
    },
    {
      name: 'weakening-skips-a-title',
      source: 'it.skip',
      project: mocha,
      weakening: { 'test/limits.test.js': edited(LIMITS_TEST, "it('keeps the upper", "it.skip('keeps the upper") },
    },
    {
      name: 'weakening-skips-a-go-test',
      source: 't.Skip',
      project: go,
      weakening: {
        'limits_test.go': edited(
          GO_TEST,
          'TestClampHigh(t *testing.T) {\n',
          'TestClampHigh(t *testing.T) {\n\tt.Skip()\n',
        ),
      },
    },
    {
      name: 'weakening-skips-a-go-test-beyond-ascii',
      source: 't.Skip before the subtests of a test with letters outside of ASCII in its name',
      project: goBeyondAscii((table) =>
        edited(table, '(t *testing.T) {\n\tfor', '(t *testing.T) {\n\tt.Skip()\n\tfor'),
      ),
    },
    {
      name: 'weakening-breaks-an-import',
      source: 'a file that no longer loads, under a script whose exit code says nothing',
      project: pytest,
      weakening: { 'tests/test_arith.py': `import nothing_like_this\n${TESTS}` },
      files: SWALLOWED,
    },
    {
      name: 'weakening-takes-an-import-away',
      source: 'the same with nothing but a removed line',
      project: pytest,
      weakening: { 'tests/test_arith.py': edited(TESTS, 'import pytest\n\n', '') },
      files: SWALLOWED,
    },
    {
      name: 'weakening-ends-the-process-in-a-helper',
      source: 'a helper ends the first of two test runs, and the second one gives the exit code',
      project: pytest,
      subject: { 'tests/limits.py': 'TEN = 10\n', 'tests/test_arith.py': `from limits import TEN\n\n${TESTS}` },
      weakening: { 'tests/limits.py': 'import os\n\nos._exit(0)\nTEN = 10\n' },
      files: {
        'test_files.txt': 'tests/limits.py\ntests/test_arith.py\ntests/test_words.py\n',
        'test_script.sh': ['arith', 'words']
          .map((part) => PYTEST_SCRIPT.replace(/tests\n$/, `tests/test_${part}.py\n`))
          .join(''),
      },
    },
  ].map((plan) =>
    artifactAttack({ ...plan, refusedBy: 'weakening-validity', sentence: /their code still stands in \S+ and does/ }),
  ),
  artifactAttack({
    name: 'weakening-breaks-an-import-in-sight',
    source: 'a file that no longer loads, and the exit code says so',
    project: pytest,
    weakening: { 'tests/test_arith.py': `import nothing_like_this\n${TESTS}` },
    files: { 'test_script.sh': ON },
    refusedBy: 'weakening-validity',
    sentence: /the script ends with 1 in place of 0, so that a file may not have been loaded/,
  }),
  artifactAttack({
    name: 'weakening-breaks-a-file-of-made-up-titles',
    source: 'a file that no longer loads, whose titles are templates, under a script whose exit code says nothing',
    project: mocha,
    subject: { 'test/limits.test.js': MADE_UP },
    weakening: { 'test/limits.test.js': edited(MADE_UP, '../lib/limits.js', '../lib/limit.js') },
    files: { 'test_script.sh': 'for file in test/*.test.js; do mocha --reporter tap "$file"; done\ntrue\n' },
    refusedBy: 'weakening-validity',
    sentence: /neither the exit code nor another test of it tells whether \S+ is still loaded/,
  }),
];
