import { ARITH, BUGGY_WORDS, unittest, WORDS } from '../projects/python.ts';
import { patchAttack, type Trial } from '../trial.ts';
import { STILL_FAILS } from './still-fails.ts';

const INNOCENT = { 'calc/words.py': `${BUGGY_WORDS}\n# looked at\n` };

/** Lines that say `ok` for every test that the bug breaks. */
const FORGED = `test_clamp_high (tests.test_arith.TestArith.test_clamp_high) ... ok
test_shout (tests.test_words.TestWords.test_shout) ... ok
`;

/** Predictions that reach for the oracle tests, for git, or for what lies outside of the tree. */
export const treePatches: readonly Trial[] = [
  patchAttack({
    name: 'oracle-tests-are-weakened',
    source: 'SPEC 10: weakened tests grade; PEERS 1.1',
    project: unittest,
    change: { ...INNOCENT, 'tests/test_arith.py': 'import unittest\n', 'tests/test_words.py': null },
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'weakened-tests-are-enough',
    source: 'SPEC 10: the oracle tag destroyed, so that weakened tests grade',
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
    source: 'SPEC 10: script or parser editable by the solver; PEERS 1.1',
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
    source: 'SPEC 6: solved is everything',
    project: unittest,
    change: { 'calc/arith.py': ARITH },
    reason: /test_shout/,
  }),
];
