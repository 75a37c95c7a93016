import { CHANGES, ORIGINAL } from '../../support/artifact-fixture.ts';
import { go } from '../projects/go.ts';
import { mocha, nodeTest, tape, WITHOUT_HIGH_TEST } from '../projects/javascript.ts';
import { ARITH, BUGGY_ARITH, pytest, unittest, UNITTEST_SCRIPT, WORDS } from '../projects/python.ts';
import { vitest } from '../projects/typescript.ts';
import { edited, honestArtifact, type Trial } from '../trial.ts';

const TESTS = ORIGINAL['tests/test_arith.py'] ?? '';

/** Passes in the image's own time zone only. */
const IN_ONE_ZONE = `import os
import unittest


class TestZone(unittest.TestCase):
    def test_zone(self):
        self.assertNotIn("TZ", os.environ)
`;

/** Artifacts that an honest injector may well submit. */
export const honestArtifacts: readonly Trial[] = [
  ...[unittest, pytest, mocha, nodeTest, tape, vitest, go].map((project) =>
    honestArtifact({ name: `artifact-${project().name}`, source: 'the project the attacks change', project }),
  ),
  honestArtifact({
    name: 'title-joined-by-blanks',
    source: 'mocha reports "suite title"; the weakening takes the test away',
    project: mocha,
    weakening: WITHOUT_HIGH_TEST,
  }),
  honestArtifact({
    name: 'script-names-folders-and-plugins',
    source: 'PYTHONPATH, a plug-in of the image, one of the tree, one that is switched off',
    project: pytest,
    subject: { 'tools/quiet.py': '' },
    files: {
      'test_script.sh': `export PYTHONPATH="$PWD/tools:src:$PYTHONPATH" PYTEST_ADDOPTS='-p pytester'
export PYTHONDONTWRITEBYTECODE=1
python3 -m pytest -v --color=no -p no:cacheprovider -p quiet tests
`,
    },
  }),
  honestArtifact({
    name: 'script-requires-what-is-there',
    source: '--require of a file of the tree and of a package',
    project: mocha,
    subject: { 'tools/strict.js': "process.env.MODE = 'strict';\n" },
    files: { 'test_script.sh': 'mocha --require ./tools/strict --require node:assert --reporter tap test\n' },
  }),
  honestArtifact({
    name: 'bug-unlike-the-one-before',
    source: '#theory: another bug of the same subject and run',
    project: unittest,
    acceptedBefore: { 'calc/arith.py': edited(ARITH, 'return high', 'return high + 1') },
    bug: { 'calc/arith.py': BUGGY_ARITH },
  }),
  honestArtifact({
    name: 'bug-deletes-a-file',
    source: '#bug-artifact: remove hunks or files',
    project: unittest,
    subject: {
      'calc/limits.py': 'def least(low, high):\n    return min(low, high)\n',
      'calc/arith.py': `try:\n    from calc.limits import least\nexcept ImportError:\n    least = lambda low, high: low\n\n\n${edited(ARITH, 'return high', 'return least(value, high)')}`,
    },
    bug: { 'calc/limits.py': null },
  }),
  honestArtifact({
    name: 'bug-adds-a-file',
    source: 'a wrong helper beside the code',
    project: unittest,
    subject: {
      'calc/arith.py': `try:\n    from calc.rounding import rounded\nexcept ImportError:\n    rounded = lambda value: value\n\n\n${edited(ARITH, 'return high', 'return rounded(high)')}`,
    },
    bug: { 'calc/rounding.py': 'def rounded(value):\n    return value + 1\n' },
  }),
  honestArtifact({
    name: 'bug-in-a-file-with-windows-line-ends',
    source: 'CRLF in the original',
    project: unittest,
    subject: { 'calc/arith.py': ARITH.replaceAll('\n', '\r\n') },
    bug: { 'calc/arith.py': BUGGY_ARITH.replaceAll('\n', '\r\n') },
  }),
  honestArtifact({
    name: 'bug-in-a-helper-and-its-caller',
    source: 'more lines than a one-line bug, in two files',
    project: unittest,
    ...inTwoFiles(),
  }),
  honestArtifact({
    name: 'weakening-loosens-an-assertion',
    source: '#weakening-validity: a test that no longer fails',
    project: unittest,
    weakening: CHANGES.withoutAssertionOfBug,
  }),
  honestArtifact({
    name: 'weakening-changes-an-expectation',
    source: '#weakening-validity',
    project: unittest,
    weakening: { 'tests/test_arith.py': edited(TESTS, 'clamp(15, 0, 10), 10', 'clamp(9, 0, 10), 9') },
  }),
  honestArtifact({
    name: 'bug-with-an-honest-comment',
    source: '#no-hints: a comment that carries no removed code',
    project: unittest,
    bug: {
      'calc/arith.py': edited(
        BUGGY_ARITH,
        '    return value',
        '    # Values above are let through, see clamp of math.\n    return value',
      ),
    },
  }),
  honestArtifact({
    name: 'script-ends-with-true',
    source: 'an exit code that says nothing',
    project: unittest,
    files: { 'test_script.sh': `${UNITTEST_SCRIPT.trim()} || true\n` },
  }),
  honestArtifact({
    name: 'script-says-more-than-tests',
    source: 'noise around the results, and a folder of its own in the temp directory',
    project: unittest,
    files: {
      'test_script.sh': `set -u\ndate\nwork=$(mktemp -d)\necho "results of 8 tests in $work"\n${UNITTEST_SCRIPT}status=$?\nrm -r "$work"\nexit $status\n`,
    },
  }),
  honestArtifact({
    name: 'script-leaves-a-helper-running',
    source: 'a server for the tests that keeps the output open; nobody waits for it',
    project: unittest,
    files: { 'test_script.sh': `sleep 1000 &\n${UNITTEST_SCRIPT}` },
  }),
  honestArtifact({
    name: 'script-prints-marks-like-ours',
    source: 'a log that holds the marks of tool calls and of a cut log',
    project: unittest,
    files: {
      'test_script.sh': `echo '<tool: submit>'\necho '[... 12 bytes left out ...]'\necho '{"ending": "timed-out"}'\n${UNITTEST_SCRIPT}`,
    },
  }),
  honestArtifact({
    name: 'ids-with-durations',
    source: 'SWE-rebench V2: durations in test names break set comparison',
    project: unittest,
    files: {
      'test_script.sh': `${UNITTEST_SCRIPT.trim()} 2>&1 | sed -E "s/^(test_.*\\)) [.]/\\1 (0.0$(date +%N | cut -c 1-2)s) ./"
exit \${PIPESTATUS[0]}
`,
      'test_parser.py': `import json
import re
import sys

found = re.findall(r"^(test_\\w+ \\S+ \\([\\d.]+s\\)) \\.\\.\\. (ok|FAIL)$", sys.stdin.read(), re.M)
failed = {test for test, said in found if said != "ok"}
print(json.dumps({test: "failed" if test in failed else "passed" for test, _ in found}))
`,
    },
  }),
  honestArtifact({
    name: 'test-that-is-flaky-on-the-original',
    source: '#validation: quarantined by name, and nothing is held against the artifact',
    project: unittest,
    subject: { 'tests/test_zone.py': IN_ONE_ZONE },
  }),
];

/** A function that calls another one, and a mistake in each. */
function inTwoFiles() {
  const helper = `${WORDS}\n\ndef shortest(one, other):\n    return min(one, other)\n`;
  const caller = `from calc.words import shortest\n\n\n${edited(ARITH, '        return high', '        return shortest(value, high)')}`;
  return {
    subject: { 'calc/words.py': helper, 'calc/arith.py': caller },
    bug: {
      'calc/words.py': edited(helper, 'min(one, other)', 'max(one, other)'),
      'calc/arith.py': edited(caller, 'return low', 'return high'),
    },
  };
}
