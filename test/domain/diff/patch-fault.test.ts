import { describe, expect, it } from 'vitest';

import { misplacedByGit, patchFault } from '../../../src/domain/diff/patch-fault.ts';

const head = 'diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n';

describe('patchFault', () => {
  it.each([
    ['a missing last line feed', `${head}@@ -1,2 +1,2 @@\n-a\n+b\n c`, 'its last line does not end with a line feed'],
    ['hunks without context', `${head}@@ -5 +5 @@ def f():\n-a\n+b\n`, 'it has hunks without lines of context'],
    ['one such hunk of two', `${head}@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -9,0 +10 @@\n+b\n`, 'without lines of context'],
    ['Windows line ends', `${head}@@ -1,2 +1,2 @@\n-a\r\n+b\r\n c\r\n`, 'every line of its hunks ends with CR LF'],
  ])('names %s', (_, diff, fault) => {
    expect(patchFault(diff)).toContain(fault);
  });

  it.each([
    ['a change with context', `${head}@@ -1,2 +1,2 @@\n-a\n+b\n c\n`],
    ['an added file', `${head}@@ -0,0 +1,2 @@\n+a\n+b\n`],
    ['an emptied file', `${head}@@ -1,2 +0,0 @@\n-a\n-b\n`],
    ['a file of one line', `${head}@@ -1 +1 @@\n-a\n+b\n`],
    ['a rename', 'diff --git a/x b/y\nrename from x\nrename to y\n'],
    ['context that is empty', `${head}@@ -1,3 +1,3 @@\n \n-a\n+b\n \n`],
  ])('names nothing in %s', (_, diff) => {
    expect(patchFault(diff)).toBeUndefined();
  });
});

describe('misplacedByGit', () => {
  it.each([
    ['that only inserts', `${head}@@ -5,0 +6,2 @@ def f():\n+a\n+b\n`],
    ['after another', `${head}@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -9,0 +10 @@\n+b\n`],
  ])('names a hunk without context %s', (_, diff) => {
    expect(misplacedByGit(diff)).toContain('without lines of context');
  });

  it.each([
    ['an added file', `${head}@@ -0,0 +1,2 @@\n+a\n+b\n`],
    ['an insertion with context', `${head}@@ -5,2 +5,3 @@\n a\n+b\n c\n`],
    ['lines of a patch that a file holds', `${head}@@ -1 +1,2 @@\n a\n+@@ -5,0 +6 @@\n`],
    ['words before the diff', `@@ -5,0 +6 @@ is what I changed\n${head}@@ -1 +1 @@\n-a\n+b\n`],
  ])('names nothing in %s', (_, diff) => {
    expect(misplacedByGit(diff)).toBeUndefined();
  });
});
