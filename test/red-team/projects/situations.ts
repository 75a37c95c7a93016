import { CHANGES, ORIGINAL } from '../../support/artifact-fixture.ts';
import { edited, type Project } from '../trial.ts';
import { LIMITS, mocha } from './javascript.ts';
import { ARITH, BUGGY_ARITH, pytest, unittest } from './python.ts';
import { vitest } from './typescript.ts';

export const UNIT_TESTS = ORIGINAL['tests/test_arith.py'] ?? '';

export const UNIT_HIGH = `    def test_clamp_high(self):
        self.assertEqual(clamp(15, 0, 10), 10)
`;

/** The unittest project with other tests of arithmetic. */
export const unittestWith =
  (name: string, tests: string, weakened: string): (() => Project) =>
  () => ({
    ...unittest(),
    name: `unittest-${name}`,
    original: { ...ORIGINAL, 'tests/test_arith.py': tests },
    bug: CHANGES.bug,
    weakening: { 'tests/test_arith.py': weakened },
  });

const TABLE = `import pytest

from calc.arith import add, clamp


def test_add():
    assert add(1, 2) == 3


@pytest.mark.parametrize(
    "value, wanted",
    [
        (-5, 0),
        (5, 5),
        (15, 10),
        (10**9, 10),
    ],
)
def test_clamp(value, wanted):
    assert clamp(value, 0, 10) == wanted
`;

const TABLE_WITHOUT_ROWS = edited(TABLE, '        (15, 10),\n        (10**9, 10),\n', '');

/** pytest with one table of rows. */
export const table: () => Project = () => ({
  ...pytest(),
  name: 'pytest-table',
  original: { ...pytest().original, 'tests/test_arith.py': TABLE },
  bug: CHANGES.bug,
  weakening: { 'tests/test_arith.py': TABLE_WITHOUT_ROWS },
});

export const GENERATED = `import unittest

from calc.arith import add, clamp

CASES = {
    "add": (add(1, 2), 3),
    "low": (clamp(-5, 0, 10), 0),
    "high": (clamp(15, 0, 10), 10),
}


class TestArith(unittest.TestCase):
    def test_add_negative(self):
        self.assertEqual(add(1, -2), -1)

    def test_clamp_between(self):
        self.assertEqual(clamp(5, 0, 10), 5)


def make(name):
    def test_case(self):
        got, wanted = CASES[name]
        self.assertEqual(got, wanted)

    return test_case


for each in CASES:
    setattr(TestArith, "test_" + each, make(each))
`;

export const INHERITED = `import unittest

from calc.arith import add, clamp


class Contract:
    def test_within(self):
        self.assertEqual(clamp(self.value, 0, 10), self.wanted)

    def test_sum(self):
        self.assertEqual(add(self.value, 0), self.value)


class TestBetween(Contract, unittest.TestCase):
    value, wanted = 5, 5


class TestHigh(Contract, unittest.TestCase):
    value, wanted = 15, 10
`;

export const HIGH_CLASS = `

class TestHigh(Contract, unittest.TestCase):
    value, wanted = 15, 10
`;

export const CONTRACT = `from calc.arith import clamp


class Contract:
    def test_within(self):
        self.assertEqual(clamp(self.value, 0, 10), self.wanted)
`;

export const HEIR_CLASS = `
class TestHigh(Contract, unittest.TestCase):
    value, wanted = 15, 10

`;

export const HEIR = `import unittest

from calc.arith import add, clamp
from tests.contract import Contract

${HEIR_CLASS}
class TestArith(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)

    def test_add_negative(self):
        self.assertEqual(add(1, -2), -1)

    def test_between(self):
        self.assertEqual(clamp(5, 0, 10), 5)
`;

export const ROWS_OF_SUBTESTS = `import unittest

from calc.arith import add, clamp


class TestArith(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)

    def test_add_negative(self):
        self.assertEqual(add(1, -2), -1)

    def test_clamp(self):
        for value, wanted in [(-5, 0), (5, 5), (15, 10)]:
            with self.subTest(value=value):
                self.assertEqual(clamp(value, 0, 10), wanted)
`;

/** The mocha project with other tests of limits: what the bug breaks stands last. */
export const mochaWith = (name: string, revealing: string): (() => Project) => {
  const tests = (last: string) => `const assert = require('assert');
const { add, clamp } = require('../lib/limits.js');

describe('limits', () => {
  it('adds', () => assert.strictEqual(add(1, 2), 3));
  it('keeps the lower limit', () => assert.strictEqual(clamp(-5, 0, 10), 0));
  it('keeps what is between', () => assert.strictEqual(clamp(5, 0, 10), 5));
  it('waits (10 s)', () => assert.strictEqual(clamp(10, 0, 10), 10));
${last}});
`;
  return () => ({
    ...mocha(),
    name: `mocha-${name}`,
    original: { ...mocha().original, 'test/limits.test.js': tests(revealing) },
    bug: { 'lib/limits.js': edited(LIMITS, '  if (value > high) return high;\n', '') },
    weakening: { 'test/limits.test.js': tests('') },
  });
};

const VITEST_PATHS_PARSER = `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    match = re.match(r"\\s*([✓×]) (\\S+\\.test\\.ts > .*?)(?: \\d+ ?ms)?$", line)
    if match:
        failed = match.group(1) != "✓" or results.get(match.group(2)) == "failed"
        results[match.group(2)] = "failed" if failed else "passed"
print(json.dumps(results))
`;

/** vitest as its verbose reporter names tests: the file, the suites and the title behind arrows. */
export const vitestWith = (name: string, revealing: string): (() => Project) => {
  const original = vitest().original['test/limits.test.ts'] ?? '';
  const suite = `\ndescribe('clamp', () => {\n${revealing}});\n`;
  return () => ({
    ...vitest(),
    name: `vitest-${name}`,
    original: { ...vitest().original, 'test/limits.test.ts': `${withoutHigh(original)}${suite}` },
    weakening: { 'test/limits.test.ts': withoutHigh(original) },
    testScript: 'vitest run --configLoader=runner --reporter=verbose --no-color\n',
    testParser: VITEST_PATHS_PARSER,
  });
};

function withoutHigh(text: string): string {
  return edited(text, "  it('keeps the upper limit', () => {\n    expect(clamp(15, 0, 10)).toBe(10);\n  });\n", '');
}

const MOMENT = `from datetime import datetime
from uuid import uuid4

import pytest


@pytest.mark.parametrize("moment", [str(datetime.now()), str(uuid4())])
def test_shout_moment(moment):
    from calc.words import shout

    assert shout(moment) == moment.upper() + "!"
`;

/** pytest with ids that hold the time and an identifier of this run. */
export const moments: () => Project = () => ({
  ...pytest(),
  name: 'pytest-moments',
  original: { ...pytest().original, 'tests/test_moment.py': MOMENT },
  // The parameters hold blanks.
  testParser: pytest().testParser.replaceAll('::\\S+', '::.+?'),
});

/** Characters that some readers take for the end of a line, in code and behind the marks of a hunk. */
export const ODD_ARITH = edited(
  edited(ARITH, 'def add(a, b):\n', 'def add(a, b, gap="\u2028"):\n'),
  'def clamp(value, low, high):\n',
  '\fdef clamp(value, low, high):\n    mark = "\u2028\v\u0085"\n    assert mark\n    assert mark\n    assert mark\n',
);

/** A library whose lines end as they do on Windows. */
export const windowsLineEnds: () => Project = () => ({
  ...unittest(),
  name: 'unittest-windows-line-ends',
  original: { ...ORIGINAL, 'calc/arith.py': ARITH.replaceAll('\n', '\r\n') },
  bug: { 'calc/arith.py': BUGGY_ARITH.replaceAll('\n', '\r\n') },
});

/** Code and its test under one base name, in two folders. */
export const sameNames: () => Project = () => {
  const { 'test/limits.test.js': tests = '', ...others } = mochaWith('', '')().original;
  const revealing = "  it('keeps the upper limit', () => assert.strictEqual(clamp(15, 0, 10), 10));\n";
  return {
    ...mochaWith('same-base-name', '')(),
    original: { ...others, 'test/limits.js': edited(tests, '\n});\n', `\n${revealing}});\n`) },
    weakening: { 'test/limits.js': tests },
    testScript: 'cd test && mocha --reporter tap limits.js names.test.js\n',
    testFiles: 'test/limits.js\ntest/names.test.js\n',
  };
};
