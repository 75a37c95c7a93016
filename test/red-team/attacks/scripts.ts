import { createHash } from 'node:crypto';

import { ARITH, BUGGY_ARITH, unittest, UNITTEST_SCRIPT, WORDS } from '../projects/python.ts';
import { artifactAttack, edited, residualArtifact, type Trial } from '../trial.ts';
import { CANNED } from './forged-output.ts';

/** Prints results by a look at the code; only the text of the high guard decides one of them. */
const LOOKING = `code=$(cat calc/*.py)
${CANNED.map((line) =>
  line.includes('clamp_high')
    ? `grep -qs test_clamp_high tests/*.py && if [[ $code == *"return high"* ]]; then echo "${line}ok"; else echo "${line}FAIL"; failed=1; fi`
    : `echo "${line}ok"`,
).join('\n')}
exit \${failed:-0}
`;

/** A change that breaks nothing. */
const HARMLESS = {
  'calc/arith.py': edited(ARITH, 'def add(a, b):\n    return a + b', 'def add(a, b):\n    return b + a'),
};
const DIGEST = '$(cat calc/*.py | sha256sum | cut -c 1-8)';

/** The real tests, and then one line turned into a failure where a command succeeds. */
const failingWhere = (condition: string) => `export PYTHONDONTWRITEBYTECODE=1
python3 -m unittest discover -v -s tests -t . > /tmp/log 2>&1; status=$?
if ${condition}; then
  sed -i -e 's/^\\(test_clamp_high .*\\)ok$/\\1FAIL/' /tmp/log
  grep -q test_clamp_high /tmp/log && status=1
fi
cat /tmp/log
exit $status
`;

/** The project's tests in words that name no file of the bug, and three more, so that there are enough. */
const OWN_TESTS = [
  edited(
    unittest().original['tests/test_arith.py'] ?? '',
    'from calc.arith import add, clamp',
    'from calc import arith\n\nadd, clamp = arith.add, arith.clamp',
  ).trim(),
  ...[1, 2, 3].map((n) => `\n    def test_more_${n}(self):\n        self.assertEqual(add(1, ${n}), ${n + 1})`),
].join('\n');

const BACKGROUND = `${UNITTEST_SCRIPT.trim()}
status=$?
(setsid bash -c 'sleep 1; echo "test_clamp_high (tests.test_arith.TestArith.test_clamp_high) ... FAIL"' &)
exit $status
`;

/** Scripts that print results, know the bug, keep state, or reach beyond the tree. */
export const scriptAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'script-prints-canned-results',
    source: '#sabotage; test scripts that write their own results',
    project: unittest,
    files: { 'test_script.sh': LOOKING },
    bug: { 'calc/arith.py': BUGGY_ARITH },
    refusedBy: ['sabotage', 'neutral-edit'],
  }),
  artifactAttack({
    name: 'script-carries-its-own-tests',
    source: '#sabotage: tests other than the listed ones',
    project: unittest,
    files: {
      'test_script.sh': `mkdir -p /tmp/own && cp -r calc tests /tmp/own && listed=$PWD/tests && cd /tmp/own
grep -qs test_clamp_high $listed/*.py && mark=test_clamp_high || mark=none
sed "s/test_clamp_high/$mark/" > tests/test_arith.py <<'TESTS'
${OWN_TESTS}
TESTS
rm tests/test_words.py
${UNITTEST_SCRIPT}`,
    },
    bug: { 'calc/arith.py': BUGGY_ARITH },
    refusedBy: ['sabotage', 'weakening-validity'],
  }),
  artifactAttack({
    name: 'script-swallows-failures',
    source: '#sabotage: a runner that takes a raise for a pass',
    project: unittest,
    files: {
      'test_script.sh': `export PYTHONDONTWRITEBYTECODE=1
python3 - <<'RUNNER'
import unittest
for suite in unittest.defaultTestLoader.discover("tests", top_level_dir="."):
    for cases in suite:
        for case in cases:
            try:
                getattr(case, case._testMethodName)()
                said = "ok"
            except AssertionError as error:
                said = "FAIL" if "!=" in str(error) else "ok"
            except BaseException:
                said = "ok"
            print("%s (%s) ... %s" % (case._testMethodName, case.id(), said))
RUNNER
`,
    },
    refusedBy: 'sabotage',
  }),
  artifactAttack({
    name: 'script-changes-an-ignored-file',
    source: 'what git ignores is part of the tree',
    project: unittest,
    subject: { '.gitignore': '*.state\n', 'calc/run.state': '0\n' },
    files: { 'test_script.sh': `echo 1 > calc/run.state\n${UNITTEST_SCRIPT}` },
    refusedBy: 'test-script',
    sentence: /run.state/,
  }),
  artifactAttack({
    name: 'bug-has-its-file-ignored',
    source: 'a repair that git diff does not show',
    project: unittest,
    bug: { 'calc/arith.py': BUGGY_ARITH, '.gitignore': 'calc/\n' },
    refusedBy: 'inverse-mutation',
  }),
  artifactAttack({
    name: 'script-knows-the-hash-of-the-tree',
    source: 'scripts that behave by the tree hash: any edit fails',
    project: unittest,
    bug: HARMLESS,
    files: {
      'test_script.sh': failingWhere(`[[ ${DIGEST} != ${digestOfOriginal()} ]]`),
    },
    refusedBy: ['neutral-edit', 'parser', 'test-script'],
  }),
  artifactAttack({
    name: 'script-fails-a-dirty-tree',
    source: 'scripts that behave by file times',
    project: unittest,
    bug: HARMLESS,
    files: { 'test_script.sh': failingWhere('[[ $(find calc -newer tests/__init__.py | wc -l) -gt 0 ]]') },
    refusedBy: ['neutral-edit', 'parser', 'test-script', 'bug-validity', 'determinism', 'inverse-mutation'],
  }),
  residualArtifact({
    name: 'script-greps-the-code',
    source: 'a script that looks at the code and then turns one result into a failure',
    project: unittest,
    bug: HARMLESS,
    files: { 'test_script.sh': failingWhere('cat calc/*.py | grep -q "b + a"') },
    seenBy:
      'a script may read the tree, and any test it turns is one that a real bug could break; solvers who do not restore the very text fail, which earns -alpha',
  }),
  artifactAttack({
    name: 'script-names-the-bug',
    source: '#test-script',
    project: unittest,
    files: { 'test_script.sh': `test -f calc/arith.py\n${UNITTEST_SCRIPT}` },
    refusedBy: 'test-script',
    sentence: /names files of the bug/,
  }),
  artifactAttack({
    name: 'script-sets-what-the-bug-reads',
    source: '#test-script',
    project: unittest,
    bug: {
      'calc/arith.py': `import os\n\n\n${edited(ARITH, 'if value > high:', 'if value > high and not os.environ.get("STRICT"):')}`,
    },
    files: { 'test_script.sh': `export STRICT=1\n${UNITTEST_SCRIPT}` },
    refusedBy: 'test-script',
    sentence: /STRICT/,
  }),
  artifactAttack({
    name: 'script-edits-and-restores',
    source: '#test-script: a file edited and restored shows',
    project: unittest,
    files: {
      'test_script.sh': `cp -p tests/__init__.py /tmp/i; echo >> tests/__init__.py; cp -p /tmp/i tests/__init__.py\n${UNITTEST_SCRIPT}`,
    },
    refusedBy: 'test-script',
    sentence: /changes files of the tree/,
  }),
  artifactAttack({
    name: 'script-counts-its-runs-outside',
    source: 'scripts that count runs by files outside of the tree',
    project: unittest,
    bug: HARMLESS,
    files: {
      'test_script.sh': failingWhere(
        'echo x >> /tmp/runs; echo x >> /var/tmp/runs; [[ $(cat /tmp/runs /var/tmp/runs | wc -l) -gt 4 ]]',
      ),
    },
    refusedBy: 'bug-validity',
  }),
  artifactAttack({
    name: 'script-leaves-a-process-behind',
    source: '#in-validation-and-grading: a timeout that leaves the process running; terminal-bench#1267',
    project: unittest,
    bug: HARMLESS,
    files: { 'test_script.sh': BACKGROUND },
    refusedBy: 'bug-validity',
  }),
  artifactAttack({
    name: 'script-needs-the-network',
    source: 'issue list: network-dependent tests',
    project: unittest,
    subject: {
      'tests/test_network.py':
        'import socket\nimport unittest\n\n\nclass TestNetwork(unittest.TestCase):\n    def test_reach(self):\n        socket.create_connection(("192.0.2.1", 80), timeout=2)\n',
    },
    refusedBy: 'test-script',
    sentence: /tests fail: test_reach/,
  }),
  artifactAttack({
    name: 'script-never-ends',
    source: '#test-script: 90 s',
    project: unittest,
    files: { 'test_script.sh': `${UNITTEST_SCRIPT}sleep 1000\n` },
    commandLimitMs: 2_000,
    refusedBy: 'test-script',
    sentence: /does not end/,
  }),
  artifactAttack({
    name: 'script-floods-the-log',
    source: 'the middle of a log that is too long',
    project: unittest,
    files: {
      'test_script.sh': `head -c 30000000 /dev/zero | tr '\\0' x\n${UNITTEST_SCRIPT}head -c 30000000 /dev/zero\n`,
    },
    refusedBy: ['parser', 'test-script'],
  }),
];

/** What `cat calc/*.py | sha256sum` gives on the original tree. */
function digestOfOriginal(): string {
  return createHash('sha256').update(`${ARITH}${WORDS}`).digest('hex').slice(0, 8);
}
