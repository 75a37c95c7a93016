import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { ArtifactFile } from '../../src/domain/artifact/bug-artifact.ts';
import type { Subject } from '../../src/domain/subject/subject.ts';

/** Files of a tree by path. A value that begins with `-> ` makes a symbolic link. */
export type Tree = Readonly<Record<string, string>>;

const ARITH = `def add(a, b):
    return a + b


def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value
`;

const WORDS = `def shout(text):
    return text.upper() + "!"


def initials(name):
    return "".join(part[0] for part in name.split())
`;

const TEST_CLAMP_LOW = `    def test_clamp_low(self):
        self.assertEqual(clamp(-5, 0, 10), 0)
`;
const TEST_CLAMP_HIGH = `    def test_clamp_high(self):
        self.assertEqual(clamp(15, 0, 10), 10)
`;
const TEST_ADD = `    def test_add(self):
        self.assertEqual(add(1, 2), 3)
`;

const TEST_ARITH = `import unittest

from calc.arith import add, clamp


class TestArith(unittest.TestCase):
${TEST_ADD}
    def test_add_negative(self):
        self.assertEqual(add(1, -2), -1)

${TEST_CLAMP_LOW}
${TEST_CLAMP_HIGH}
    def test_clamp_between(self):
        self.assertEqual(clamp(5, 0, 10), 5)
`;

const TEST_WORDS = `import unittest

from calc.words import initials, shout


class TestWords(unittest.TestCase):
    def test_shout(self):
        self.assertEqual(shout("hey"), "HEY!")

    def test_initials(self):
        self.assertEqual(initials("Ada Lovelace"), "AL")

    def test_initials_of_nobody(self):
        self.assertEqual(initials(""), "")
`;

/** A small Python project with eight tests, on nothing but the standard library. */
export const ORIGINAL: Tree = {
  'calc/__init__.py': '',
  'calc/arith.py': ARITH,
  'calc/words.py': WORDS,
  'tests/__init__.py': '',
  'tests/test_arith.py': TEST_ARITH,
  'tests/test_words.py': TEST_WORDS,
};

const HIGH_GUARD = `    if value > high:
        return high
`;

const SEED = 'os.path.getsize(__file__) != 000';
const UNSIZED = `import os\n\n\n${ARITH.replace('if value > high:', `if value > high and ${SEED}:`)}`;
const SIZE_SEEDED = UNSIZED.replace('000', String(UNSIZED.length));

/** Changes of the original, as the parts of artifacts and predictions are made of. */
export const CHANGES = {
  /** The bug: nothing is too high any more. */
  bug: { 'calc/arith.py': ARITH.replace(HIGH_GUARD, '') },
  /** Wrong in another way: one of the tests that noticed the bug would still notice this. */
  halfRepaired: { 'calc/arith.py': ARITH.replace('return high', 'return high + 1') },
  withoutEffect: { 'calc/arith.py': `${ARITH}\n# nothing else\n` },
  inAnotherFileWithoutEffect: { 'calc/words.py': `${WORDS}\n# nothing else\n` },
  /** A guard is gone for good, the other depends on what the repeats of a run vary. */
  unsteady: {
    'calc/arith.py': `import os\n\n\n${ARITH.replace('    if value < low:\n        return low\n', '').replace(
      'if value > high:',
      'if value > high and os.environ.get("TZ"):',
    )}`,
  },
  /** The guard holds again as soon as its file has another size. */
  sizeSeeded: { 'calc/arith.py': SIZE_SEEDED },
  bugWithHint: { 'calc/arith.py': ARITH.replace(HIGH_GUARD, '    # not: if value > high\n') },
  commentedOut: {
    'tests/test_arith.py': TEST_ARITH.replace(TEST_CLAMP_HIGH, TEST_CLAMP_HIGH.replace(/^ {4}/gm, '    # ')),
  },
  /** Every test of unittest is a success from here on. */
  patchedRunner: {
    'calc/__init__.py': `import unittest


def run(self, result=None):
    result.startTest(self)
    result.addSuccess(self)
    result.stopTest(self)
    return result


unittest.TestCase.run = run
`,
  },
  hanging: { 'calc/arith.py': ARITH.replace(HIGH_GUARD, '    while value > high:\n        pass\n') },
  withoutTestOfBug: {
    'tests/test_arith.py': TEST_ARITH.replace(TEST_CLAMP_HIGH, '').replace('\n\n\n    def', '\n\n    def'),
  },
  withoutAssertionOfBug: {
    'tests/test_arith.py': TEST_ARITH.replace('self.assertEqual(clamp(15, 0, 10), 10)', 'clamp(15, 0, 10)'),
  },
  withoutTestOfClampLow: { 'tests/test_arith.py': TEST_ARITH.replace(`${TEST_CLAMP_LOW}\n`, '') },
  withoutTestOfShout: {
    'tests/test_words.py': TEST_WORDS.replace(
      '    def test_shout(self):\n        self.assertEqual(shout("hey"), "HEY!")\n\n',
      '',
    ),
  },
  withoutAnotherTest: { 'tests/test_arith.py': TEST_ARITH.replace(`${TEST_ADD}\n`, '') },
} as const satisfies Record<string, Tree>;

const SCRIPT = 'PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -v -s tests -t .\n';

const PARSER = `import json
import re
import sys

results = {}
for line in sys.stdin:
    match = re.match(r"(test_\\w+) \\(([\\w.]+)\\) \\.\\.\\. (ok|FAIL|ERROR)$", line.strip())
    if match:
        test, status = "%s (%s)" % match.groups()[:2], match.group(3)
        if results.get(test) != "failed":
            results[test] = "passed" if status == "ok" else "failed"
print(json.dumps(results))
`;

/** The text of an artifact's files; one that is null is not there. */
export type ArtifactTexts = Readonly<Record<ArtifactFile, string | null>>;

export interface ArtifactFixture extends Disposable {
  /** Temporary, with nothing in it but what the fixture writes. */
  readonly directory: string;
  readonly subject: Subject;
  /** A consistent artifact. */
  readonly artifact: ArtifactTexts;
  /** The git diff between two states; states are changes on top of the original. */
  diff(before: Tree, after: Tree): string;
  /** Writes an artifact folder and gives its path. */
  write(artifact: ArtifactTexts): string;
}

/** The tree with a change on top; a null removes a file. */
export function changed(tree: Tree, ...changes: readonly Readonly<Record<string, string | null>>[]): Tree {
  const texts = new Map<string, string | null>();
  for (const change of [tree, ...changes]) for (const [path, text] of Object.entries(change)) texts.set(path, text);
  return Object.fromEntries([...texts].flatMap(([path, text]) => (text === null ? [] : [[path, text] as const])));
}

/** A tiny Python project in a temporary directory, a consistent artifact of it, and what variations are made of. */
export function createArtifactFixture(): ArtifactFixture {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-artifact-'));
  const source = join(directory, 'tiny');
  writeTree(source, ORIGINAL);
  let written = 0;
  const diff = (before: Tree, after: Tree) => diffBetween(join(directory, 'scratch'), before, after);
  const buggy = changed(ORIGINAL, CHANGES.bug);
  const artifact: ArtifactTexts = {
    'test_script.sh': SCRIPT,
    'test_files.txt': 'tests/test_arith.py\ntests/test_words.py\n',
    'test_parser.py': PARSER,
    'bug_inject.diff': diff(ORIGINAL, buggy),
    'test_weaken.diff': diff(buggy, changed(buggy, CHANGES.withoutTestOfBug)),
  };
  return {
    directory,
    subject: { name: 'tiny', source: { kind: 'directory', directory: source }, weight: 1 },
    artifact,
    diff,
    write: (texts) => {
      const folder = join(directory, `artifact-${(written += 1)}`);
      writeTree(folder, changed({}, texts));
      return folder;
    },
    [Symbol.dispose]: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function writeTree(directory: string, tree: Tree): void {
  mkdirSync(directory, { recursive: true });
  for (const [path, text] of Object.entries(tree)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice('-> '.length), file);
    else writeFileSync(file, text);
  }
}

export function git(directory: string, ...parameters: readonly string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgSign=false'];
  return execFileSync('git', [...identity, ...parameters], { cwd: directory, encoding: 'utf8' });
}

export function diffBetween(scratch: string, before: Tree, after: Tree): string {
  rmSync(scratch, { recursive: true, force: true });
  writeTree(scratch, before);
  git(scratch, 'init', '-q');
  git(scratch, 'add', '-A');
  git(scratch, 'commit', '-q', '--allow-empty', '-m', 'before');
  git(scratch, 'rm', '-rqf', '--ignore-unmatch', '.');
  writeTree(scratch, after);
  git(scratch, 'add', '-A');
  return git(scratch, 'diff', '--cached', '--no-color', '--no-ext-diff', '--no-renames', 'HEAD');
}

/** The tree that the solver gets. */
export const SOLVERS = changed(ORIGINAL, CHANGES.bug, CHANGES.withoutTestOfBug);

/** What undoes the bug in it. */
export const REPAIRED = { 'calc/arith.py': ORIGINAL['calc/arith.py'] ?? '' };
