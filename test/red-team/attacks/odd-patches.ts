import { diffOfBytes } from '../diffs.ts';
import { renaming } from '../projects/moves.ts';
import { BUGGY_WORDS, REPAIR, unittest } from '../projects/python.ts';
import { patchAttack, type Trial } from '../trial.ts';
import { STILL_FAILS } from './still-fails.ts';

const INNOCENT = { 'calc/words.py': `${BUGGY_WORDS}\n# looked at\n` };

const HUGE_SECTION = `diff --git a/calc/data.py b/calc/data.py
new file mode 100644
--- /dev/null
+++ b/calc/data.py
@@ -0,0 +1,1000000 @@
${'+x = 1\n'.repeat(1_000_000)}`;

const REPAIR_WITHOUT_CONTEXT = `diff --git a/calc/arith.py b/calc/arith.py
--- a/calc/arith.py
+++ b/calc/arith.py
@@ -7,0 +8,2 @@ def clamp(value, low, high):
+    if value > high:
+        return high
diff --git a/calc/words.py b/calc/words.py
--- a/calc/words.py
+++ b/calc/words.py
@@ -2 +2 @@ def shout(text):
-    return text + "!"
+    return text.upper() + "!"
`;

/** Predictions that take the oracle tests away, and those that are no ordinary text. */
export const oddPatches: readonly Trial[] = [
  patchAttack({
    name: 'oracle-test-is-renamed-away',
    source: 'tests deleted or renamed; a rename that takes an oracle file along',
    project: unittest,
    diff: ({ diffOf }) => diffOf(INNOCENT) + renaming('tests/test_arith.py', 'calc/examples.py'),
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'oracle-tests-are-deleted',
    source: 'tests deleted or renamed',
    project: unittest,
    change: { ...INNOCENT, 'tests/test_arith.py': null, 'tests/test_words.py': null, 'tests/__init__.py': null },
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'patch-is-huge',
    source: 'huge diffs: more than an agent may submit',
    project: unittest,
    diff: ({ diffOf }) => diffOf(INNOCENT) + HUGE_SECTION,
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'patch-is-binary',
    source: 'binary diffs: a module that is no text',
    project: unittest,
    diff: ({ diffOf }) =>
      diffOf(INNOCENT) +
      diffOfBytes('calc/limits.cpython-311-x86_64-linux-gnu.so', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3)),
    reason: STILL_FAILS,
  }),
  patchAttack({
    name: 'patch-has-no-context',
    source: 'git diff -U0: the right lines, and nothing that says where they belong',
    project: unittest,
    diff: REPAIR_WITHOUT_CONTEXT,
    reason: /it has hunks without lines of context, as -U0 makes them/,
  }),
  patchAttack({
    name: 'patch-has-windows-line-ends',
    source: 'the right lines, put through an editor of Windows',
    project: unittest,
    diff: ({ diffOf }) => diffOf(REPAIR).replaceAll('\n', '\r\n'),
    reason: /line 1 ends with CR LF; the lines of a git diff end with LF/,
  }),
];
