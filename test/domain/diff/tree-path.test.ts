import fc from 'fast-check';
import { expect, it } from 'vitest';
import { treePathProblem } from '../../../src/domain/diff/tree-path.ts';

it.each([
  'a',
  'pkg/one.py',
  'a b/c-d.e',
  '.gitignore',
  '.github/workflows/ci.yml',
  '.gitattributes',
  'tests/données/é.txt',
  '...a',
  'a..b/c',
  'git/x',
])('takes %j', (path) => {
  expect(treePathProblem(path)).toBeUndefined();
});

it.each([
  ['', 'is empty'],
  ['/etc/passwd', 'is absolute'],
  ['..', 'has a segment ".."'],
  ['a/../../b', 'has a segment ".."'],
  ['./a', 'has a segment "."'],
  ['a//b', 'has an empty segment'],
  ['a/', 'has an empty segment'],
  [String.raw`a\b`, 'contains a backslash'],
  ['a\0b', 'contains a control or invisible character'],
  ['a\nb', 'contains a control or invisible character'],
  ['a\u007f', 'contains a control or invisible character'],
  ['.g\u200cit/config', 'contains a control or invisible character'],
  ['a\ud800', 'contains a control or invisible character'],
  ['.git', 'leads into .git'],
  ['.git/hooks/pre-commit', 'leads into .git'],
  ['sub/.GIT/config', 'leads into .git'],
  ['.git./config', 'leads into .git'],
  ['.git /config', 'leads into .git'],
  ['.git::$INDEX_ALLOCATION/config', 'leads into .git'],
  ['GIT~1/config', 'leads into .git'],
  ['a./b', 'has a segment that ends with a dot or a space'],
  ['a /b', 'has a segment that ends with a dot or a space'],
  ['x'.repeat(256), 'has a segment longer than 255 bytes'],
  ['é'.repeat(128), 'has a segment longer than 255 bytes'],
  ['ab/'.repeat(700) + 'c', 'is longer than 2048 bytes'],
])('refuses %j: it %s', (path, problem) => {
  expect(treePathProblem(path)).toBe(problem);
});

it('never lets a path leave the root', () => {
  const segment = fc.constantFrom('..', '.', '', 'a', '.git', 'b c', 'é');
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      const path = segments.join('/');
      if (treePathProblem(path) !== undefined) return;
      expect(new URL(path, 'file:///root/').pathname.startsWith('/root/')).toBe(true);
    }),
  );
});
