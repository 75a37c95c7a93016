import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedShingles, normalDiff } from '../../../src/domain/diff/normal-diff.ts';
import { aChange, aRemoval } from '../checks/facts.ts';

const header = (path: string, hunk: string, ...lines: readonly string[]) =>
  [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`, hunk, ...lines, ''].join('\n');

describe('the normal form of a diff', () => {
  it.each([
    ['index lines', aChange('a.py').replace('index 1111111..2222222', 'index 3333333..4444444')],
    ['the function name of a hunk', aChange('a.py').replace('@@ -1 +1 @@', '@@ -1 +1 @@ def f():')],
    ['empty lines at its end', `${aChange('a.py')}\n\n`],
  ])('does not depend on %s', (_what, other) => {
    expect(normalDiff(other)).toBe(normalDiff(aChange('a.py')));
  });

  it('does not depend on the order of the files', () => {
    expect(normalDiff(aChange('b.py') + aChange('a.py'))).toBe(normalDiff(aChange('a.py') + aChange('b.py')));
  });

  it('does not depend on white space at the end of context lines', () => {
    const diff = (context: string) => header('a.py', '@@ -1,2 +1 @@', context, '-old');
    expect(normalDiff(diff(' import x  '))).toBe(normalDiff(diff(' import x')));
  });

  it.each([
    ['what a line says', aChange('a.py', 'old', 'other')],
    ['white space at the end of an added line', aChange('a.py', 'old', 'new ')],
    ['the file', aChange('b.py')],
    ['the place', aChange('a.py').replace('@@ -1 +1 @@', '@@ -7 +7 @@')],
  ])('tells %s', (_what, other) => {
    expect(normalDiff(other)).not.toBe(normalDiff(aChange('a.py')));
  });

  it('is its own normal form, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => normalDiff(normalDiff(text)) === normalDiff(text)));
    const diff = normalDiff(aChange('b.py') + aRemoval('a.py', 'x', 'y'));
    expect(normalDiff(diff)).toBe(diff);
  });
});

describe('the shingles of a diff', () => {
  it('are its changed lines, each with the line of the original before it', () => {
    expect(changedShingles(aRemoval('a.py', 'if x:', '    return 1'))).toEqual([
      'a.py\n-ifx:\nimportpkg\n1',
      'a.py\n-return1\nifx:\n1',
    ]);
  });

  it('are not more for an added comment or an empty line', () => {
    const lines = [' import x', '-old', '+new'];
    const plain = header('a.py', '@@ -1,2 +1,2 @@', ...lines);
    const padded = header('a.py', '@@ -1,2 +1,5 @@', ...lines, '+', '+  # a remark', '+// another');
    expect(changedShingles(padded)).toEqual(changedShingles(plain));
  });

  it('tell two places with the same line apart', () => {
    const at = (context: string) => changedShingles(header('a.py', '@@ -1,2 +1 @@', ` ${context}`, '-  return None'));
    expect(at('def f():')).not.toEqual(at('def g():'));
  });

  it('count a line that is removed twice twice', () => {
    const doubled = header('a.py', '@@ -1,2 +0,0 @@', '-x', '-y', '@@ -9,2 +8,0 @@', '-x', '-y');
    expect(new Set(changedShingles(doubled)).size).toBe(4);
  });

  it('are one for a file that only moves', () => {
    const rename = 'diff --git a/a.py b/b.py\nsimilarity index 100%\nrename from a.py\nrename to b.py\n';
    expect(changedShingles(rename)).toHaveLength(1);
  });

  it('are none of what cannot be read', () => {
    fc.assert(fc.property(fc.string(), (text) => changedShingles(`x${text}`).length === 0));
  });
});
