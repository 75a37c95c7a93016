import { expect, it } from 'vitest';
import { changesOf, filesTouchedBy, restrictDiff, reverseDiff } from '../../../src/domain/diff/unified-diff.ts';
import { aChange } from '../checks/facts.ts';
import { withGit } from './git.ts';

const copy = 'diff --git a/a.py b/b.py\nsimilarity index 90%\ncopy from a.py\ncopy to b.py\n';

it.each([
  ['a copy', copy, { addedLines: [], removedLines: [] }],
  [
    'a copy with changes',
    `${copy}index 1111111..2222222 100644\n--- a/a.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\n+y\n`,
    { addedLines: ['y'], removedLines: ['x'] },
  ],
])('reads %s as an added file', (_, diff, change) => {
  expect(changesOf(diff)).toEqual([{ path: 'b.py', kind: 'added', copyOf: 'a.py', ...change }]);
  expect(filesTouchedBy(changesOf(diff))).toEqual(['b.py']);
  expect(() => reverseDiff(diff)).toThrow('b.py is a copy');
  expect(withGit((git) => git.apply({ 'a.py': 'x\n' }, diff))).toHaveProperty('b.py');
});

it('keeps a copy when the change of its source is put back', () => {
  const diff = `${copy}${aChange('a.py')}`;
  expect(restrictDiff(diff, (path) => path !== 'a.py')).toBe(copy);
});
