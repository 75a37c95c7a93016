import { execFileSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { join } from 'node:path';

import { ARITH, BUGGY_WORDS, unittest, WORDS } from '../projects/python.ts';
import { diffOfBytes } from '../diffs.ts';
import { edited, patchAttack, type Project, type Trial } from '../trial.ts';
import { STILL_FAILS } from './still-fails.ts';

const INNOCENT = { 'calc/words.py': `${BUGGY_WORDS}\n# looked at\n` };

/** Lines that say `ok` for every test that the bug breaks. */
const FORGED = `test_clamp_high (tests.test_arith.TestArith.test_clamp_high) ... ok
test_shout (tests.test_words.TestWords.test_shout) ... ok
`;

/** The tests of the project in one file in the root. */
const ROOT_TESTS = ['test_add', 'test_low', 'test_high', 'test_between', 'test_initials', 'test_shout'];
const ROOT_HIGH = '    def test_high(self):\n        self.assertEqual(clamp(15, 0, 10), 10)\n\n';
const ROOT_TEST = `import unittest

from calc.arith import add, clamp
from calc.words import initials, shout


class TestAll(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)

    def test_low(self):
        self.assertEqual(clamp(-5, 0, 10), 0)

${ROOT_HIGH}    def test_between(self):
        self.assertEqual(clamp(5, 0, 10), 5)

    def test_initials(self):
        self.assertEqual(initials("Ada Lovelace"), "AL")

    def test_shout(self):
        self.assertEqual(shout("hey"), "HEY!")
`;
const rootTests: () => Project = () => ({
  ...unittest(),
  name: 'unittest-in-the-root',
  original: { 'calc/__init__.py': '', 'calc/arith.py': ARITH, 'calc/words.py': WORDS, 'test_all.py': ROOT_TEST },
  weakening: { 'test_all.py': edited(ROOT_TEST, ROOT_HIGH, '') },
  testScript: 'PYTHONDONTWRITEBYTECODE=1 python3 -m unittest -v test_all\n',
  testFiles: 'test_all.py\n',
});

/** A compiled test module that Python believes whatever its source says; its methods are these. */
function compiled(...methods: readonly string[]): Uint8Array {
  const source = `import unittest\nclass TestAll(unittest.TestCase):\n${methods.map((method) => `    ${method}\n`).join('')}TestArith = TestAll\n`;
  const program = `import importlib._bootstrap_external as b, importlib.util as u, sys
source = sys.stdin.buffer.read()
code = compile(source, "test_all.py", "exec")
sys.stdout.buffer.write(b._code_to_hash_pyc(code, u.source_hash(source), False))`;
  return execFileSync('python3', ['-c', program], { input: source });
}

/** Predictions that reach for the oracle tests, for git, or for what lies outside of the tree. */
export const treePatches: readonly Trial[] = [
  patchAttack({
    name: 'oracle-tests-are-weakened',
    source: '#in-validation-and-grading: weakened tests grade',
    project: unittest,
    change: { ...INNOCENT, 'tests/test_arith.py': 'import unittest\n', 'tests/test_words.py': null },
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'weakened-tests-are-enough',
    source: '#in-validation-and-grading: the oracle tag destroyed, so that weakened tests grade',
    project: unittest,
    change: { 'calc/words.py': WORDS },
    reason: /test_clamp_high/,
  }),
  patchAttack({
    name: 'oracle-test-becomes-a-link',
    source: 'symlinked oracle files',
    project: unittest,
    change: { ...INNOCENT, 'tests/test_arith.py': '-> ../calc/arith.py' },
    reason: /./,
  }),
  patchAttack({
    name: 'test-directory-becomes-a-link',
    source: 'symlinked oracle directories',
    project: unittest,
    change: {
      ...INNOCENT,
      'tests/__init__.py': null,
      'tests/test_arith.py': null,
      'tests/test_words.py': null,
      tests: '-> calc',
    },
    reason: /./,
  }),
  patchAttack({
    name: 'code-is-renamed-onto-a-test',
    source: 'renames across the border',
    project: unittest,
    diff: 'diff --git a/calc/arith.py b/tests/test_more.py\nsimilarity index 100%\nrename from calc/arith.py\nrename to tests/test_more.py\n',
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'script-and-parser-are-brought',
    source: '#in-validation-and-grading: script or parser editable by the solver',
    project: unittest,
    change: { ...INNOCENT, 'test_script.sh': `echo "${FORGED}"`, 'test_parser.py': 'print("{}")\n' },
    reason: /do not pass/,
  }),
  patchAttack({
    name: 'git-attributes-filter-the-tests',
    source: 'git attributes and filters',
    project: unittest,
    change: { ...INNOCENT, '.gitattributes': '*.py filter=evil working-tree-encoding=UTF-16 eol=crlf\n' },
    reason: /./,
  }),
  patchAttack({
    name: 'patch-writes-into-git',
    source: 'hooks, core.hooksPath',
    project: unittest,
    diff: 'diff --git a/.git/config b/.git/config\nnew file mode 100644\n--- /dev/null\n+++ b/.git/config\n@@ -0,0 +1,2 @@\n+[core]\n+hooksPath = calc\n',
    reason: /\.git/,
  }),
  patchAttack({
    name: 'patch-leaves-the-tree',
    source: '`..` paths',
    project: unittest,
    diff: 'diff --git a/../x.py b/../x.py\nnew file mode 100644\n--- /dev/null\n+++ b/../x.py\n@@ -0,0 +1 @@\n+x = 1\n',
    reason: /\.\./,
  }),
  patchAttack({
    name: 'patch-writes-through-a-link',
    source: 'a link and a file behind it in one diff',
    project: unittest,
    diff: ({ diffOf }) =>
      `${diffOf({ 'calc/out': '-> ../tests' })}diff --git a/calc/out/test_arith.py b/calc/out/test_arith.py\nnew file mode 100644\n--- /dev/null\n+++ b/calc/out/test_arith.py\n@@ -0,0 +1 @@\n+x = 1\n`,
    reason: /./,
  }),
  patchAttack({
    name: 'half-repaired',
    source: '#grading: solved is everything',
    project: unittest,
    change: { 'calc/arith.py': ARITH },
    reason: /test_shout/,
  }),
  patchAttack({
    name: 'compiled-oracle-comes-along',
    source: 'Python takes an unchecked .pyc in place of the test file that was put back',
    project: unittest,
    diff: ({ diffOf }) =>
      diffOf(INNOCENT) +
      diffOfBytes('tests/__pycache__/test_arith.cpython-311.pyc', compiled('def test_clamp_high(self): pass')),
    reason: /do not pass|binary/,
  }),
  patchAttack({
    name: 'compiled-oracle-in-the-root-comes-along',
    source: 'the same where no directory says that it holds tests',
    project: rootTests,
    diff: ({ diffOf }) =>
      diffOf(INNOCENT) +
      diffOfBytes(
        '__pycache__/test_all.cpython-311.pyc',
        compiled(...ROOT_TESTS.map((test) => `def ${test}(self): pass`)),
      ),
    reason: /do not pass|binary|forged/,
  }),
  patchAttack({
    name: 'twin-of-a-hard-link-is-changed',
    source: 'hard-linked oracle files',
    project: unittest,
    prepare: (directory) => {
      linkSync(join(directory, 'tests/test_arith.py'), join(directory, 'calc/examples.py'));
    },
    diff: ({ diffOf }) =>
      diffOf({ ...INNOCENT }) +
      `diff --git a/calc/examples.py b/calc/examples.py
--- a/calc/examples.py
+++ b/calc/examples.py
@@ -1,3 +1,4 @@
 import unittest
 
+unittest.TestCase.run = lambda *seen: None
 from calc.arith import add, clamp
`,
    reason: /do not pass/,
  }),
];
