import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { subjectEnvironment } from '../../support/subject-environment.ts';
import type { Workplace } from './play-rollout.ts';

export interface FixtureProject extends Workplace, Disposable {
  git(...parameters: string[]): string;
  /** Applies a diff, or takes it back. */
  apply(diff: string | undefined, ...options: readonly string[]): void;
  read(path: string): string;
  edit(path: string, before: string | RegExp, after: string): void;
}

/** A small library with tests and three releases of history, in a folder of its own. */
export function aFixtureProject(framework: 'unittest' | 'pytest'): FixtureProject {
  const root = mkdtempSync(join(tmpdir(), 'embedded-policy-'));
  const tree = join(root, 'tree');
  const scratch = join(root, 'scratch');
  mkdirSync(join(tree, 'tests'), { recursive: true });
  mkdirSync(scratch);
  const git = (...parameters: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...parameters], {
      cwd: tree,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  const tests = framework === 'pytest' ? PYTEST_TESTS : UNITTEST_TESTS;
  writeFileSync(join(tree, 'tests', '__init__.py'), '');
  writeFileSync(join(tree, 'tests', 'test_ranges.py'), tests);
  for (const [release, library] of RELEASES.entries()) {
    writeFileSync(join(tree, 'ranges.py'), library);
    git('add', '--all');
    git('commit', '--quiet', '--message', `release ${release}`);
  }
  const read = (path: string) => readFileSync(join(tree, path), 'utf8');
  return {
    tree,
    scratch,
    environment: subjectEnvironment('cachetools'),
    git,
    read,
    edit: (path, before, after) => {
      writeFileSync(join(tree, path), read(path).replace(before, after));
    },
    apply: (diff, ...options) => {
      const file = join(scratch, 'applied.diff');
      writeFileSync(file, diff ?? '');
      git('apply', ...options, file);
    },
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true });
    },
  };
}

const LATEST = `"""Closed ranges of whole numbers."""


class Range:
    """From low to high, both included."""

    def __init__(self, low, high):
        if low > high:
            raise ValueError("low must not be above high")
        self.low = low
        self.high = high

    def __len__(self):
        return self.high - self.low + 1

    def __contains__(self, number):
        return self.low <= number and number <= self.high

    def overlaps(self, other):
        return self.low <= other.high and other.low <= self.high

    def clamp(self, number):
        if number < self.low:
            return self.low
        if number > self.high:
            return self.high
        return number

    def shift(self, by=1):
        return Range(self.low + by, self.high + by)


def merge(ranges):
    merged = []
    for item in sorted(ranges, key=lambda each: each.low):
        if merged and merged[-1].high >= item.low - 1:
            last = merged.pop()
            item = Range(last.low, max(last.high, item.high))
        merged.append(item)
    return merged


def parse(text):
    low, separator, high = text.partition("-")
    if not separator:
        high = low
    return Range(int(low), int(high))
`;

const RELEASES = [
  LATEST.replace(
    '            return self.high\n        return number',
    '            return number\n        return number',
  ),
  LATEST.replace('    if not separator:\n        high = low\n', ''),
  LATEST,
] as const;

const CHECKS: readonly (readonly [name: string, given: string, expected: string])[] = [
  ['len', 'len(Range(2, 5))', '4'],
  ['len_of_one', 'len(Range(3, 3))', '1'],
  ['low', 'Range(2, 5).low', '2'],
  ['contains_low', '2 in Range(2, 5)', 'True'],
  ['contains_high', '5 in Range(2, 5)', 'True'],
  ['lacks_below', '1 in Range(2, 5)', 'False'],
  ['lacks_above', '6 in Range(2, 5)', 'False'],
  ['overlaps', 'Range(1, 3).overlaps(Range(3, 4))', 'True'],
  ['lies_apart', 'Range(1, 3).overlaps(Range(4, 5))', 'False'],
  ['clamp_below', 'Range(2, 5).clamp(0)', '2'],
  ['clamp_above', 'Range(2, 5).clamp(9)', '5'],
  ['clamp_inside', 'Range(2, 5).clamp(3)', '3'],
  ['shift', 'Range(2, 5).shift(2).high', '7'],
  ['shift_by_default', 'Range(2, 5).shift().low', '3'],
  ['merge', '[(r.low, r.high) for r in merge([Range(4, 6), Range(1, 3)])]', '[(1, 6)]'],
  ['merge_apart', 'len(merge([Range(5, 6), Range(1, 3)]))', '2'],
  ['parse', 'parse("2-5").high', '5'],
  ['parse_of_one', 'parse("7").high', '7'],
];

const UNITTEST_TESTS = [
  'import unittest\n\nfrom ranges import Range, merge, parse\n\n\nclass RangesTest(unittest.TestCase):',
  ...CHECKS.map(
    ([name, given, expected]) =>
      `    def test_${name}(self):\n        """Says what ${name} gives."""\n        self.assertEqual(${given}, ${expected})\n`,
  ),
  '    def test_refusal(self):\n        with self.assertRaises(ValueError):\n            Range(2, 1)\n',
].join('\n');

const PYTEST_TESTS = [
  'import pytest\n\nfrom ranges import Range, merge, parse\n',
  ...CHECKS.map(([name, given, expected]) => `def test_${name}():\n    assert ${given} == ${expected}\n`),
  '@pytest.mark.parametrize("number", [2, 3, 5])\ndef test_clamp_keeps(number):\n    assert Range(2, 5).clamp(number) == number\n',
  'def test_refusal():\n    with pytest.raises(ValueError):\n        Range(2, 1)\n',
].join('\n\n');
