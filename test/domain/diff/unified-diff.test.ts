import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDiff, restrictDiff, type FileChange } from '../../../src/domain/diff/unified-diff.ts';
import { aChange } from '../checks/facts.ts';
import { withGit } from './git.ts';
import { PAIRS } from './tree-pairs.ts';

function filesOf(diff: string): readonly FileChange[] {
  const reading = readDiff(diff);
  if (!reading.readable) throw new Error(reading.problem);
  return reading.files;
}

function problemOf(diff: string): string | undefined {
  const reading = readDiff(diff);
  return reading.readable ? undefined : reading.problem;
}

describe('readDiff', () => {
  it.each([
    ['a change', { path: 'a.py', kind: 'modified', addedLines: ['three'], removedLines: ['two'] }],
    ['an added file', { path: 'new/a.py', kind: 'added', addedLines: ['one'], removedLines: [] }],
    ['an added empty file', { path: 'a', kind: 'added', addedLines: [], removedLines: [] }],
    ['a deleted file', { path: 'a', kind: 'deleted', addedLines: [], removedLines: ['one'] }],
    ['a rename', { path: 'sub/b', oldPath: 'a', kind: 'renamed', addedLines: [], removedLines: [] }],
    [
      'a rename with changes',
      { path: 'b', oldPath: 'a', kind: 'renamed', addedLines: ['nine'], removedLines: ['line 9'] },
    ],
    [
      'a mode',
      { path: 'a', kind: 'modified', modeChange: { from: '100644', to: '100755' }, addedLines: [], removedLines: [] },
    ],
    ['a name with a space', { path: 'a b.py', kind: 'modified', addedLines: ['y'], removedLines: ['x'] }],
    ['a name with a quote', { path: 'a"b.py', kind: 'modified', addedLines: ['y'], removedLines: ['x'] }],
    ['a name outside ASCII', { path: 'é/ü.py', kind: 'modified', addedLines: ['y'], removedLines: ['x'] }],
    [
      'a rename to a name outside ASCII',
      { path: 'é b', oldPath: 'a', kind: 'renamed', addedLines: [], removedLines: [] },
    ],
    ['a quoted name with a blank', { path: 'a "b" ü.py', kind: 'modified', addedLines: ['y'], removedLines: ['x'] }],
    [
      'an added file whose quoted name holds a blank',
      { path: 'notes "a".md', kind: 'added', addedLines: ['x'], removedLines: [] },
    ],
    [
      'a deleted file whose quoted name holds a blank',
      { path: 'é b', kind: 'deleted', addedLines: [], removedLines: ['x'] },
    ],
    [
      'characters that end a line for some',
      { path: 'a', kind: 'modified', addedLines: ['least\u2029'], removedLines: ['last\u2029'] },
    ],
    ['a name that contains " b/"', { path: 'x b/x', kind: 'modified', addedLines: ['y'], removedLines: ['x'] }],
    ['carriage returns', { path: 'a', kind: 'modified', addedLines: ['z\r'], removedLines: ['y\r'] }],
    [
      'lines that look like headers',
      {
        path: 'a',
        kind: 'modified',
        addedLines: ['++ b/x', '@@ -1 +1 @@'],
        removedLines: ['-- a/x', 'diff --git a/x b/x'],
      },
    ],
  ])('reads %s as git writes it', (name, change) => {
    const [, before = {}, after = {}] = PAIRS.find(([title]) => title === name) ?? [];
    expect(withGit((git) => filesOf(git.diff(before, after)))).toEqual([change]);
  });

  it('reads names that git leaves unquoted', () => {
    const diff = withGit((git) => git.diff({ é: 'x\n' }, { é: 'y\n' }).replaceAll(/"([ab])\/[^"]*"/g, '$1/é'));
    expect(filesOf(diff).map((file) => file.path)).toEqual(['é']);
  });

  it('takes empty lines at the end', () => {
    expect(filesOf(`${aChange('a')}\n\n`)).toHaveLength(1);
    expect(filesOf(aChange('a').trimEnd())).toHaveLength(1);
  });

  it.each([
    [
      'a new link',
      'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n',
      'symbolic-link',
    ],
    ['a changed link', aChange('l').replace('100644', '120000'), 'symbolic-link'],
    ['a file that becomes a link', 'diff --git a/l b/l\nold mode 100644\nnew mode 120000\n', 'symbolic-link'],
    [
      'a submodule',
      aChange('s', 'Subproject commit 1', 'Subproject commit 2').replace('100644', '160000'),
      'submodule',
    ],
    ['a binary summary', 'diff --git a/b b/b\nindex 1..2 100644\nBinary files a/b and b/b differ\n', 'binary'],
    [
      'a binary patch',
      'diff --git a/b b/b\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZPo\n\nliteral 1\nIcmZPo\n\n',
      'binary',
    ],
  ])('marks %s', (_, diff, special) => {
    expect(filesOf(diff)[0]?.special).toBe(special);
    expect(filesOf(diff + aChange('other'))).toHaveLength(2);
  });

  it.each([
    ['empty text', '', 'does not begin with "diff --git"'],
    ['prose', 'Here is the diff:\n', 'does not begin with "diff --git"'],
    ['a traditional diff', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n', 'does not begin with "diff --git"'],
    [
      'a traditional diff in front of a git diff',
      `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n${aChange('y')}`,
      'does not begin',
    ],
    [
      'a traditional diff behind a git diff',
      `${aChange('y')}--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n`,
      'line 8 belongs to no file',
    ],
    ['a mail signature', `${aChange('y')}-- \n2.39.5\n`, 'line 8 belongs to no file'],
    ['an unknown header', 'diff --git a/x b/x\nrename old x\n', 'line 2 belongs to no file'],
    ['no prefixes', aChange('x').replaceAll(/[ab]\/x/g, 'x'), 'lacks the prefixes'],
    [
      'a hunk that is too short',
      aChange('x').replace('@@ -1 +1 @@', '@@ -1,2 +1,2 @@').trimEnd(),
      'shorter than its header says',
    ],
    [
      'a hunk that is too long',
      aChange('x').replace('@@ -1 +1 @@', '@@ -1,0 +1 @@'),
      'is beyond what the header of its hunk says',
    ],
    [
      'a hunk cut by the next file',
      aChange('x').replace('+1 @@', '+1,2 @@') + aChange('y'),
      'shorter than its header says',
    ],
    ['a damaged hunk header', aChange('x').replace('@@ -1 +1 @@', '@@ -a +1 @@'), 'is not a hunk header'],
    ['a line without a sign', aChange('x').replace('+new', 'new'), 'does not belong into a hunk'],
    ['a lone --- line', 'diff --git a/x b/x\n--- a/x\n', 'is not the "+++" line'],
    ['a path out of the tree', aChange('../x'), 'has a segment ".."'],
    ['a path into .git', aChange('.git/hooks/pre-commit'), 'leads into .git'],
    ['Windows line ends', aChange('x').replaceAll('\n', '\r\n'), 'line 1 ends with CR LF'],
    [
      'a carriage return behind a name',
      aChange('x').replace('+++ b/x\n', '+++ b/x\r\n'),
      'the end of a line within a name',
    ],
    [
      'a line separator in a name',
      'diff --git a/x b/y\u2028z\nrename from x\nrename to y\u2028z\n',
      'the end of a line within a name',
    ],
    ['a tab behind a name without a need', aChange('"x').replaceAll('"x', 'x\t'), 'contains a control'],
    ['names that disagree', aChange('x').replace('+++ b/x', '+++ b/y'), 'the headers of "x" contradict each other'],
    ['other names in the first line', aChange('x').replace('a/x b/x', 'a/x b/y'), 'contradict each other'],
    ['a hidden deletion', aChange('x').replace('+++ b/x', '+++ /dev/null'), 'contradict each other'],
    ['half a rename', 'diff --git a/x b/y\nrename from x\n', 'contradict each other'],
    ['half a mode', 'diff --git a/x b/x\nold mode 100644\n', 'contradict each other'],
    [
      'new and deleted',
      'diff --git a/x b/x\nnew file mode 100644\ndeleted file mode 100644\n',
      'contradict each other',
    ],
    ['a header twice', 'diff --git a/x b/y\nrename from x\nrename from z\nrename to y\n', 'contradict each other'],
    ['a file named twice', aChange('x') + aChange('x'), '"x" is named twice'],
    [
      'a renamed file changed again',
      `diff --git a/x b/y\nrename from x\nrename to y\n${aChange('x')}`,
      '"x" is named twice',
    ],
    ['half a copy', 'diff --git a/x b/y\ncopy from x\n', 'contradict each other'],
    [
      'a copy that is a rename',
      'diff --git a/x b/y\ncopy from x\ncopy to y\nrename from x\nrename to y\n',
      'contradict',
    ],
    ['a copy of itself', 'diff --git a/x b/x\ncopy from x\ncopy to x\n', 'contradict each other'],
    ['a copy onto a changed file', `diff --git a/x b/y\ncopy from x\ncopy to y\n${aChange('y')}`, 'named twice'],
  ])('refuses %s', (_, diff, problem) => {
    expect(problemOf(diff)).toContain(problem);
  });

  it('never throws on hostile text', () => {
    const piece = fc.constantFrom(
      'diff --git a/x b/x',
      'diff --git "a/\\303" b/x',
      'diff --git ',
      '--- a/x',
      '+++ b/x',
      '--- "a/',
      '@@ -1 +1 @@',
      '@@ -1,999999999 +1 @@',
      '@@',
      '+a',
      '-a',
      ' ',
      '',
      '\\ No newline at end of file',
      'rename from "a',
      'rename to y',
      'new file mode 120000',
      'GIT binary patch',
      'index 1..2',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        const text = pieces.join('\n');
        expect(typeof readDiff(text).readable).toBe('boolean');
        expect(typeof restrictDiff(text, () => true)).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });
});

// One tree of many, each in a folder of its own and different from the others, or git would see renames between them.
