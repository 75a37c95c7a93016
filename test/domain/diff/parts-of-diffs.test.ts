import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filesTouchedBy,
  readDiff,
  restrictDiff,
  reverseDiff,
  type FileChange,
} from '../../../src/domain/diff/unified-diff.ts';
import { aChange, aRemoval } from '../checks/facts.ts';
import { withGit, type Tree } from './git.ts';
import { PAIRS } from './tree-pairs.ts';

function filesOf(diff: string): readonly FileChange[] {
  const reading = readDiff(diff);
  if (!reading.readable) throw new Error(reading.problem);
  return reading.files;
}

describe('filesTouchedBy', () => {
  it('gives both names of a rename, sorted', () => {
    const diff = `${aChange('z')}diff --git a/y b/b\nrename from y\nrename to b\n`;
    expect(filesTouchedBy(filesOf(diff))).toEqual(['b', 'y', 'z']);
  });
});

describe('reverseDiff', () => {
  it.each(PAIRS)('undoes %s under git apply', (_, before, after) => {
    withGit((git) => {
      const diff = git.diff(before, after);
      expect(git.apply(before, diff)).toEqual(after);
      expect(git.apply(after, reverseDiff(diff))).toEqual(before);
      expect(git.apply(before, reverseDiff(reverseDiff(diff)))).toEqual(after);
    });
  });

  it('puts removed lines before added ones, as git does', () => {
    expect(reverseDiff(aChange('a'))).toBe('diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-new\n+old\n');
  });

  const file = fc
    .array(fc.constantFrom('a', 'b', '', '-c', '+d', ' e'), { maxLength: 12 })
    .map((texts) => texts.join('\n'));

  it('undoes any change of text files', () => {
    withGit((git) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(file, file), { minLength: 30, maxLength: 30 }), (pairs) => {
          const before = Object.fromEntries(pairs.map(([text], index) => [`f${index}`, text]));
          const after = Object.fromEntries(pairs.map(([, text], index) => [`f${index}`, text]));
          expect(git.apply(after, reverseDiff(git.diff(before, after)))).toEqual(before);
        }),
        { numRuns: 5 },
      );
    });
  }, 30_000);

  it('is its own inverse in effect', () => {
    withGit((git) => {
      const diff = git.diff(together(PAIRS.map(([, before]) => before)), together(PAIRS.map(([, , after]) => after)));
      expect(filesOf(reverseDiff(reverseDiff(diff)))).toEqual(filesOf(diff));
    });
  });

  it('takes a hunk with more lines than a call takes arguments', () => {
    const hunk = `${'-a\n'.repeat(200_000)}${'+b\n'.repeat(200_000)}`;
    const diff = `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,200000 +1,200000 @@\n${hunk}`;
    expect(reverseDiff(diff).length).toBe(diff.length);
  });

  it.each([
    ['prose', 'hello'],
    ['a binary file', 'diff --git a/b b/b\nindex 1..2 100644\nBinary files a/b and b/b differ\n'],
  ])('refuses %s', (_, text) => {
    expect(() => reverseDiff(text)).toThrow(RangeError);
  });
});

describe('restrictDiff', () => {
  const binary =
    'diff --git a/i.png b/i.png\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZPo\n\nliteral 1\nIcmZPo\n\n';
  const diff = aChange('a') + binary + aRemoval('tests/t.py', 'x') + aChange('c', 'x\r', 'y\r');

  it('keeps the kept files byte for byte', () => {
    expect(restrictDiff(diff, () => true)).toBe(diff);
    expect(restrictDiff(diff, (path) => path !== 'tests/t.py')).toBe(diff.replace(aRemoval('tests/t.py', 'x'), ''));
    expect(restrictDiff(diff, (path) => path === 'i.png')).toBe(binary);
    expect(restrictDiff(diff, () => false)).toBe('');
  });

  it('drops a rename when either name goes', () => {
    const rename = 'diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n';
    expect(restrictDiff(rename, (path) => path !== 'x')).toBe('');
    expect(restrictDiff(rename, (path) => path !== 'y')).toBe('');
  });

  it('ends the last kept file with a line feed', () => {
    expect(restrictDiff(aChange('a').trimEnd(), () => true)).toBe(aChange('a'));
  });

  it('loses a diff that cannot be read', () => {
    expect(restrictDiff(`prose\n${diff}`, () => true)).toBe('');
  });
});

function together(trees: readonly Tree[]): Tree {
  const entries = trees.flatMap((tree, index) =>
    Object.entries(tree).map(([name, text]) => [`f${index}/${name}`, `${index}\n${text}`] as const),
  );
  return Object.fromEntries(entries);
}
