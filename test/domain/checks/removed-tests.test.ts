import { describe, expect, it } from 'vitest';

import type { NamesInFile } from '../../../src/domain/checks/definition-finder.ts';
import { idleTests } from '../../../src/domain/checks/idle-tests.ts';
import { weakeningValidityFinding } from '../../../src/domain/checks/weakening-validity.ts';
import { changesOf } from '../../../src/domain/diff/unified-diff.ts';
import { aChange, aRemoval, aReport, aRun } from './facts.ts';

interface Weakening {
  /** The test that the bug breaks, and that is reported no more. */
  readonly missing: string;
  /** Other tests that are reported before and after. */
  readonly kept?: readonly string[];
  /** Tests that are missing as well, and that the bug does not break. */
  readonly alsoMissing?: readonly string[];
  readonly files: readonly NamesInFile[];
  readonly diff: string;
  /** The script ends with 0 whatever fails. */
  readonly isSilent?: boolean;
}

function isRemoved({ missing, kept = ['keeps running'], alsoMissing = [], files, diff, isSilent }: Weakening): boolean {
  const clean = [missing, ...alsoMissing, ...kept];
  const buggyRun = aRun([...kept, ...alsoMissing], [missing]);
  const weakenedRun = aRun(kept);
  const finding = weakeningValidityFinding({
    clean: { passed: clean, failed: [], quarantined: [] },
    originalRuns: [aRun(clean)],
    buggyRuns: [isSilent === true ? { ...buggyRun, exitCode: 0 } : buggyRun],
    weakened: {
      run: weakenedRun,
      onOriginal: { run: weakenedRun, idle: idleTests(files, aReport(clean), aReport(kept)) },
    },
    weakening: changesOf(diff),
    profile: 'strict',
  });
  return finding?.passed === true;
}

const [A, B, BASE] = ['tests/test_a.py', 'tests/test_b.py', 'tests/base.py'];

const DELETED = `diff --git a/a.test.js b/a.test.js
deleted file mode 100644
index 1111111..0000000
--- a/a.test.js
+++ /dev/null
@@ -1 +0,0 @@
-for (const n of [2, 3]) it(\`keeps \${n}\`, () => {});
`;

const untouched = (path: string, ...names: readonly string[]): NamesInFile => ({
  ...{ path, touched: false },
  ...{ before: names, after: names },
});

const touched = (path: string, before: readonly string[], after: readonly string[] = before): NamesInFile => ({
  ...{ path, touched: true },
  ...{ before, after },
});

describe('a weakening removes', () => {
  it.each<[string, Weakening]>([
    [
      'a title whose last words are the title of a test elsewhere that never ran',
      {
        missing: 'limits of a range keeps the limit',
        files: [touched('a.test.js', ['keeps the limit'], []), untouched('b.test.js', 'limit')],
        diff: aRemoval('a.test.js', "it('keeps the limit', () => {});"),
      },
    ],
    [
      'a class that inherits its test from a file that stays',
      {
        missing: 'test_x (test_a.TestA)',
        files: [touched(A, []), untouched(BASE, 'test_x')],
        diff: aRemoval(A, 'class TestA(Base):', '    pass'),
      },
    ],
    [
      'a title that is made up as the program runs, where the exit code would tell of a file that does not load',
      { missing: 'clip keeps 3', files: [touched('a.test.js', [])], diff: aChange('a.test.js', '[2, 3]', '[2]') },
    ],
    [
      'such a title, where another test of the file runs',
      {
        missing: 'clip keeps 3',
        kept: ['clip is there'],
        files: [touched('a.test.js', ['is there'])],
        diff: aChange('a.test.js', '[2, 3]', '[2]'),
        isSilent: true,
      },
    ],
    [
      'such a title, where the id of another test names the file',
      {
        missing: 'a.test.js > clip keeps 3',
        kept: ['a.test.js > clip keeps 2'],
        files: [touched('a.test.js', [])],
        diff: aChange('a.test.js', '[2, 3]', '[2]'),
        isSilent: true,
      },
    ],
    [
      'such a title, with its file',
      { missing: 'clip keeps 3', files: [touched('a.test.js', [])], diff: DELETED, isSilent: true },
    ],
    [
      'a test that a loop makes, beside a class of another file that never ran',
      {
        missing: 'tests.test_a.TestA.test_x',
        files: [touched(A, []), untouched(B, 'test_x')],
        diff: aRemoval(A, '    ("x", 1),'),
      },
    ],
    [
      'the rows of a table, beside a test of the same name in a changed file that never ran',
      {
        missing: `${A}::test_x[1]`,
        kept: [`${A}::test_y`, `${B}::test_z`],
        files: [touched(A, ['test_x', 'test_y']), touched(B, ['test_x', 'test_z'])],
        diff: aRemoval(A, '    1,') + aChange(B),
      },
    ],
    [
      'a row that is called like a subtest elsewhere that never ran',
      {
        missing: 'TestTable/adds',
        kept: ['TestTable'],
        files: [touched('a_test.go', ['TestTable']), untouched('b_test.go', 'adds')],
        diff: aChange('a_test.go', '{"adds", 1}, {"is", 2},', '{"is", 2},'),
      },
    ],
    [
      'one of two classes of a file that inherit the same test',
      {
        missing: `${A}::TestOne::test_x`,
        kept: [`${B}::TestTwo::test_x`],
        files: [touched(A, ['test_x']), untouched(B)],
        diff: aChange(A, 'class TestOne(Base): pass', '# x'),
      },
    ],
  ])('%s', (_, weakening) => {
    expect(isRemoved(weakening)).toBe(true);
  });
});

describe('a weakening does not remove', () => {
  it.each<[string, Weakening]>([
    [
      'a test that it skips, though it removes one of the same name elsewhere',
      {
        missing: `${A}::test_x`,
        alsoMissing: [`${B}::test_x`],
        files: [touched(A, ['test_x']), touched(B, ['test_x'], [])],
        diff: aChange(A, '# x', '@skip') + aRemoval(B, 'def test_x(): pass'),
      },
    ],
    [
      'a test that it skips, though one of the same name is reported elsewhere',
      {
        missing: 'test_x (test_a.TestA)',
        kept: ['test_x (test_b.TestB)'],
        files: [touched(A, ['test_x']), untouched(B, 'test_x')],
        diff: aChange(A, '# x', '@skip'),
      },
    ],
    [
      'a test that it skips where another file inherits it',
      {
        missing: `${A}::TestA::test_x`,
        files: [untouched(A), touched(BASE, ['test_x'])],
        diff: aChange(BASE, '# x', '@skip'),
      },
    ],
    [
      'a title that is made up as the program runs, in a file that does not load and no exit code to tell of it',
      {
        missing: 'clip keeps 3',
        files: [touched('a.test.js', [])],
        diff: aChange('a.test.js', "require('./text')", "require('./texts')"),
        isSilent: true,
      },
    ],
    [
      'a subtest that it skips',
      {
        missing: 'TestX/adds',
        kept: ['TestX'],
        files: [touched('a_test.go', ['TestX', 'adds'])],
        diff: aChange('a_test.go', '// x', 't.Skip()'),
      },
    ],
    ...[`${A}::test_x`, 'test_x (test_a.TestA)', 'tests.test_a.TestA.test_x', 'x › test_x', 'suite test_x'].map(
      (missing): [string, Weakening] => [
        `${missing}, whose file a helper keeps from loading`,
        {
          missing,
          files: [untouched(A, 'test_x'), touched('tests/helper.py', [])],
          diff: aRemoval('tests/helper.py', 'X = 1'),
        },
      ],
    ),
    [
      'a test whose base in another file a helper keeps from loading',
      {
        missing: `${A}::TestA::test_x`,
        files: [untouched(A), untouched(BASE, 'test_x'), touched('tests/helper.py', [])],
        diff: aRemoval('tests/helper.py', 'X = 1'),
      },
    ],
  ])('%s', (_, weakening) => {
    expect(isRemoved(weakening)).toBe(false);
  });
});
