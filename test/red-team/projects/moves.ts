import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { diffOf } from '../diffs.ts';
import { edited, type Project } from '../trial.ts';
import { ARITH, BUGGY_ARITH, unittest } from './python.ts';

/** A git diff that gives a file another name and nothing else. */
export const renaming = (from: string, to: string) =>
  `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`;

/** A git diff that makes a copy of a file and nothing else. */
export const copying = (from: string, to: string) =>
  `diff --git a/${from} b/${to}\nsimilarity index 100%\ncopy from ${from}\ncopy to ${to}\n`;

/** A git diff that gives a file another mode and nothing else. */
export const turning = (path: string, from: string, to: string) =>
  `diff --git a/${path} b/${path}\nold mode ${from}\nnew mode ${to}\n`;

const LIMITS = 'def least(value, high):\n    return min(value, high)\n';

/** A helper that the code finds by its name, with a fallback; the bug gives it another one. */
export const renamed: () => Project = () => ({
  ...unittest(),
  name: 'unittest-renamed',
  original: {
    ...unittest().original,
    'calc/limits.py': LIMITS,
    'calc/arith.py': `try:\n    from calc.limits import least\nexcept ImportError:\n    least = lambda value, high: value\n\n\n${edited(ARITH, 'return high', 'return least(value, high)')}`,
  },
  bug: { 'calc/limits.py': null, 'calc/bounds.py': LIMITS },
  bugDiff: renaming('calc/limits.py', 'calc/bounds.py'),
});

export const TOOL = 'tools/greet';

const TOOL_TEST = `    def test_greets(self):
        said = subprocess.run([os.path.abspath("${TOOL}"), "Ada"], capture_output=True, text=True)
        self.assertEqual(said.stdout, "Hello, Ada!\\n")
`;
const TOOLS_TEST = `import os
import subprocess
import unittest


class TestTools(unittest.TestCase):
    def test_there(self):
        self.assertTrue(os.path.exists("${TOOL}"))

${TOOL_TEST}`;

const WITH_TOOL = {
  ...unittest().original,
  [TOOL]: '#!/bin/sh\necho "Hello, $1!"\n',
  'tests/test_tools.py': TOOLS_TEST,
};
export const WITHOUT_MODE = turning(TOOL, '100755', '100644');

/** A program that a test runs; the bug takes its executable bit. Its directory needs `makeExecutable`. */
export const executable: () => Project = () => {
  const bug = { 'calc/arith.py': BUGGY_ARITH };
  return {
    ...unittest(),
    name: 'unittest-executable',
    original: WITH_TOOL,
    bug,
    bugDiff: `${diffOf(WITH_TOOL, bug)}${WITHOUT_MODE}`,
    weakening: { 'tests/test_tools.py': edited(TOOLS_TEST, `\n${TOOL_TEST}`, '') },
    testFiles: 'tests/test_arith.py\ntests/test_tools.py\ntests/test_words.py\n',
  };
};

export const makeExecutable = (directory: string) => {
  chmodSync(join(directory, TOOL), 0o755);
};

const TABLE_TEST = `import unittest
from pathlib import Path


class TestTable(unittest.TestCase):
    def test_sizes(self):
        sizes = Path("calc/table.bin").read_bytes().split(b"\\0")
        self.assertEqual(sizes, [b"1", b"2", b"3"])
`;

/** A table that is no text, and that a test reads; the bug changes a byte of it. For the paper's profile. */
export const binary: () => Project = () => ({
  ...unittest(),
  name: 'unittest-binary',
  original: { ...unittest().original, 'calc/table.bin': ['1', '2', '3'].join('\0'), 'tests/test_table.py': TABLE_TEST },
  bug: { 'calc/table.bin': ['1', '5', '3'].join('\0') },
  weakening: { 'tests/test_table.py': edited(TABLE_TEST, 'sizes, [b"1", b"2", b"3"]', 'len(sizes), 3') },
  testFiles: 'tests/test_arith.py\ntests/test_table.py\ntests/test_words.py\n',
});
