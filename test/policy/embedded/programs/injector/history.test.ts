import { describe, expect, it } from 'vitest';

import { undoableChanges } from '../../../../../src/policy/embedded/programs/injector/history.ts';
import { applyEdit } from '../../../../../src/policy/embedded/languages/source-edit.ts';

const TODAY = 'def f(x):\n    if x is None:\n        return 0\n    return x + 1\n\n\ndef g():\n    return 2\n';

function aLog(...hunks: readonly string[]): string {
  return ['commit abc123', '', 'diff --git a/m.py b/m.py', '--- a/m.py', '+++ b/m.py', ...hunks, ''].join('\n');
}

describe('past changes', () => {
  it('are undone in the text of today', () => {
    const log = aLog(
      '@@ -1,2 +1,4 @@',
      ' def f(x):',
      '+    if x is None:',
      '+        return 0',
      '     return x + 1',
      ' ',
    );
    const [change] = undoableChanges(log, TODAY);
    expect(change && applyEdit(TODAY, change.edit)).toBe('def f(x):\n    return x + 1\n\n\ndef g():\n    return 2\n');
    expect(change).toMatchObject({ age: 0, addedLines: [], removedLines: ['    if x is None:', '        return 0'] });
  });

  it.each([
    ['no longer there', ['@@ -1,2 +1,2 @@', ' def f(x):', '-    a', '+    b', ' ']],
    ['comments', ['@@ -7,2 +7,2 @@', ' def g():', '-    # two', '     return 2', ' ']],
    [
      'longer than eight lines',
      ['@@ -7,9 +7,2 @@', ' def g():', ...Array.from({ length: 9 }, (_, n) => `-    a = ${n}`), '     return 2'],
    ],
    ['found in two places', ['@@ -5,0 +5,0 @@', ' ', ' ', '-x = 1', ' ']],
  ])('are left alone where they are %s', (_, hunk) => {
    const text = TODAY.replace('\n\n\n', '\n\n\n\n\n\n');
    expect(undoableChanges(aLog(...hunk), text)).toEqual([]);
  });

  it('give one edit for a change that was made twice', () => {
    const hunk = ['@@ -7,2 +7,2 @@', ' ', ' def g():', '-    return 1', '+    return 2'];
    expect(undoableChanges(aLog(...hunk) + aLog(...hunk), TODAY)).toHaveLength(1);
  });
});
