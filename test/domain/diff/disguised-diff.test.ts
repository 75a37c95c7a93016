import { expect, it } from 'vitest';
import { readDiff, restrictDiff } from '../../../src/domain/diff/unified-diff.ts';
import { aChange } from '../checks/facts.ts';

// Each of these is one thing to git and another to a reader that is less strict.
it.each([
  [
    'a traditional diff behind a binary file',
    'diff --git a/b b/b\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZPo\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n',
    'line 7 belongs to no file',
  ],
  [
    'a traditional diff behind a binary summary',
    'diff --git a/b b/b\nindex 1..2\nBinary files a/b and b/b differ\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n',
    'line 4 belongs to no file',
  ],
  [
    'a quoted name that goes on in the next line',
    `diff --git "a/x "b/y\nrename from x\nrename to "y\n${aChange('z')}`,
    'holds a name whose quotes are not closed',
  ],
  [
    'a name after its quotes',
    aChange('x').replace('+++ b/x', '+++ "b/x"y'),
    'holds a name whose quotes are not closed',
  ],
  [
    'a byte order mark in octal',
    aChange('x').replaceAll(/([ab])\/x/g, String.raw`"$1/\357\273\277x"`),
    'byte order mark',
  ],
  ['a name that is not UTF-8', aChange('x').replaceAll(/([ab])\/x/g, String.raw`"$1/\303x"`), 'is not UTF-8'],
  [
    'a hunk whose last line is the end of the text',
    aChange('x').replace('@@ -1 +1 @@', '@@ -1,2 +1,2 @@'),
    'shorter than its header says',
  ],
])('refuses %s', (_, diff, problem) => {
  const reading = readDiff(diff);
  expect(reading.readable ? 'readable' : reading.problem).toContain(problem);
  expect(restrictDiff(diff, () => true)).toBe('');
});

it('keeps nothing of a diff that names a file twice', () => {
  expect(restrictDiff(aChange('a') + aChange('b') + aChange('a'), () => true)).toBe('');
});
