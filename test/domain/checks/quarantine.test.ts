import { describe, expect, it } from 'vitest';
import { disagreeingTests, quarantinedTests } from '../../../src/domain/checks/quarantine.ts';
import { aRun } from './facts.ts';

const treeFiles = [
  'pkg/__init__.py',
  'pkg/one.py',
  'pkg/tests/test_one.py',
  'src/lib/core.py',
  'parse.py',
  'docs/a.rst',
];

function quarantineOf(ids: readonly string[], bugPaths: readonly string[]): readonly string[] {
  return quarantinedTests({ cleanRuns: [aRun(ids), aRun(ids)], bugPaths, treeFiles });
}

describe('quarantinedTests', () => {
  it.each([
    ['passes once and fails once', aRun(['a']), aRun([], ['a'])],
    ['is missing once', aRun(['a']), aRun([])],
    ['appears later', aRun([]), aRun(['a'])],
  ])('holds a test that %s on the clean state', (_, one, other) => {
    expect(quarantinedTests({ cleanRuns: [one, other], bugPaths: [], treeFiles })).toEqual(['a']);
  });

  it.each([
    ['pkg/one.py::pkg.one.f', 'pkg/one.py'],
    ['./pkg/one.py::pkg.one.f', 'pkg/one.py'],
    ['one.py::pkg.one.f', 'pkg/one.py'],
    ['pkg.one.f', 'pkg/one.py'],
    ['f (pkg.one)', 'pkg/one.py'],
    ['pkg.one::f', 'pkg/one.py'],
    ['lib.core.f', 'src/lib/core.py'],
    ['parse.Parser.f', 'parse.py'],
    ['pkg.f', 'pkg/__init__.py'],
    ['docs/a.rst::a.rst', 'docs/a.rst'],
    ['pkg.new.f', 'pkg/new.py'],
  ])('holds %j, defined in %s, when the bug touches that file', (id, path) => {
    expect(quarantineOf([id, 'other'], [path])).toEqual([id]);
  });

  it.each([
    ['pkg/tests/test_one.py::test_one', 'pkg/one.py'],
    ['pkg/tests/test_one.py::test_one', 'pkg/__init__.py'],
    ['test_one (pkg.tests.test_one.TestOne)', 'pkg/__init__.py'],
    ['test_parse.TestParse.test_it', 'parse.py'],
    ['parse handles nothing', 'parse.py'],
    ['pkg/one.py::pkg.one.f', 'parse.py'],
  ])('leaves %j alone when the bug touches %s', (id, path) => {
    expect(quarantineOf([id], [path])).toEqual([]);
  });
});

describe('disagreeingTests', () => {
  it('compares every run', () => {
    expect(disagreeingTests(['a', 'b'], [aRun(['a', 'b']), aRun(['a', 'b']), aRun(['a'], ['b'])])).toEqual(['b']);
  });
});
