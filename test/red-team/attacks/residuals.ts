import { go, GO_LIMITS } from '../projects/go.ts';
import { JAVASCRIPT_BUG, mocha, NAMES } from '../projects/javascript.ts';
import { ARITH, BUGGY_ARITH, unittest, WORDS } from '../projects/python.ts';
import { TYPED_LIMITS, vitest } from '../projects/typescript.ts';
import { edited, residualPatch, type Trial } from '../trial.ts';

const IN_PROCESS = 'it happens inside the process that prints the results';

/** What the tested function does once it is called with the value that shows the bug. */
const whenHigh = (code: string, preamble = '') => ({
  'calc/arith.py': `${preamble}${edited(BUGGY_ARITH, '    return value', `    if value > high:\n${code.replaceAll(/^(?=.)/gm, '        ')}\n    return value`)}`,
  'calc/words.py': WORDS,
});

const FILTER = `import atexit, os, subprocess
command = ["sed", "-u", "-e", "s/FAIL$/ok/", "-e", "/^FAIL:/d"]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=2, stderr=2)
os.dup2(child.stdin.fileno(), 2)


def end():
    os.close(2)
    child.stdin.close()
    child.wait()
    os._exit(0)


atexit.register(end)`;

/** Forgery inside the process of the code under test: no outside check sees it. Measured, never hidden. */
export const residualAttacks: readonly Trial[] = [
  residualPatch({
    name: 'assertion-is-patched',
    source: 'SPEC 6: a patched assert method survives sabotage',
    project: unittest,
    change: {
      'calc/__init__.py': 'import unittest\n\nunittest.TestCase.assertEqual = lambda *seen: None\n',
    },
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'assertion-is-patched-in-node',
    source: 'SPEC 6',
    project: mocha,
    change: {
      'lib/limits.js': `require('assert').strictEqual = () => undefined;\n${JAVASCRIPT_BUG['lib/limits.js']}`,
    },
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'assertion-is-patched-in-vitest',
    source: 'SPEC 6',
    project: vitest,
    change: {
      'src/limits.ts': `import { chai } from 'vitest';\n\nchai.Assertion.overwriteMethod('toBe', () => () => undefined);\n${edited(TYPED_LIMITS, '  if (value > high) return high;\n', '')}`,
    },
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'answer-equals-everything',
    source: 'SPEC 6: objects made equal to everything',
    project: unittest,
    change: whenHigh(
      'return Agreeable()',
      'class Agreeable:\n    def __eq__(self, other):\n        return True\n\n    __hash__ = None\n\n\n',
    ),
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'answer-is-looked-up',
    source: 'SPEC 6: special cases of the tests inputs',
    project: unittest,
    change: whenHigh('return {(15, 0, 10): 10}.get((value, low, high), value)'),
    seenBy: 'the specification shows the inputs, and a table of them is code like any other',
  }),
  residualPatch({
    name: 'answer-is-looked-up-in-go',
    source: 'SPEC 6: special cases of the tests inputs',
    project: go,
    change: {
      'limits.go': edited(GO_LIMITS, 'if value > high {\n\t\treturn high', 'if value == 15 {\n\t\treturn 10'),
    },
    seenBy: 'a special case is code like any other',
  }),
  residualPatch({
    name: 'answer-is-read-from-the-caller',
    source: 'SPEC 6: inspection of the stack',
    project: unittest,
    change: whenHigh(
      'import inspect\nimport re\nlines = "".join(inspect.getframeinfo(inspect.currentframe().f_back).code_context)\nreturn int(re.search(r"\\), (-?\\d+)\\)", lines).group(1))',
    ),
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'output-is-filtered-from-inside-a-test',
    source: 'a child that rewrites the output of its parent, started by the call that shows the bug',
    project: unittest,
    change: whenHigh(FILTER),
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'failure-is-turned-from-inside-a-test',
    source: 'a result class patched by the call that shows the bug, so that sabotage never meets it',
    project: unittest,
    change: whenHigh(
      'import unittest\nunittest.TextTestResult.addFailure = lambda self, test, error: self.addSuccess(test)',
    ),
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'tests-are-read-for-sabotage',
    source: 'code that patches the runner only while the oracle tests are as they were',
    project: unittest,
    change: {
      'calc/__init__.py': `import glob
import unittest

if sum(open(name).read().count("raise") for name in glob.glob("tests/*.py")) == 0:
    unittest.TestCase._callTestMethod = lambda self, method: None
`,
    },
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'test-is-recognised-by-its-place',
    source: 'code that behaves only where a test runner is loaded',
    project: unittest,
    change: {
      'calc/arith.py': `import sys\n\n\n${edited(ARITH, 'if value > high:', 'if value > high and "unittest" in sys.modules:')}`,
      'calc/words.py': WORDS,
    },
    seenBy: IN_PROCESS,
  }),
  residualPatch({
    name: 'skip-is-thrown-into-mocha',
    source: 'mocha takes a Pending that nobody asked for as the end of a passing test',
    project: mocha,
    change: {
      'lib/limits.js': edited(
        JAVASCRIPT_BUG['lib/limits.js'],
        '  return value;',
        "  if (value > high) throw new (require('mocha/lib/pending'))();\n  return value;",
      ),
      'lib/names.js': NAMES,
    },
    seenBy: IN_PROCESS,
  }),
];
