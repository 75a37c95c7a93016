import { describe, expect, it } from 'vitest';

import type { CodeRegion } from '../../../../../src/policy/embedded/languages/language.ts';
import { python } from '../../../../../src/policy/embedded/languages/python/python.ts';
import { applyEdit } from '../../../../../src/policy/embedded/languages/source-edit.ts';

function regionNamed(text: string, name: string): CodeRegion {
  const region = python.functionsOf(text).find((each) => each.qualifiedName === name);
  if (region === undefined) throw new Error(`no function ${name} in\n${text}`);
  return region;
}

function bodiesAfter(strategy: 'removal' | 'direct', body: string): readonly string[] {
  const text = `def f(a, b):\n    ${body.replaceAll('\n', '\n    ')}\n`;
  return python
    .editsOf(strategy, text, regionNamed(text, 'f'))
    .map(({ edit }) => applyEdit(text, edit).replace(/^.*\n/, '').replace(/^ {4}/gm, '').trimEnd());
}

describe('direct edits', () => {
  it.each([
    ['return a < b', 'return a <= b'],
    ['return a == b', 'return a != b'],
    ['return a not in b', 'return a in b'],
    ['return a is b', 'return a is not b'],
    ['return a and b', 'return a or b'],
    ['x = a + b', 'x = a - b'],
    ['x = 3', 'x = 4'],
    ['x = True', 'x = False'],
    ['if a:\n    pass', 'if not a:\n    pass'],
    ['if not a:\n    pass', 'if a:\n    pass'],
    ['g(a, b)', 'g(b, a)'],
    ['return g(a)', 'return None'],
    ['while a:\n    break', 'while a:\n    continue'],
  ])('turn %j into %j', (before, after) => {
    expect(bodiesAfter('direct', before)).toContain(after);
  });

  it('leave strings and comments alone', () => {
    expect(bodiesAfter('direct', 'x = "a < b"  # 3 < 4')).toEqual([]);
  });
});

describe('removal edits', () => {
  it.each([
    ['x = a\nreturn x', 'return x'],
    ['if a:\n    return 1\nreturn b', 'return b'],
    ['if a:\n    x = 1\nelse:\n    x = 2\nreturn x', 'if a:\n    x = 1\nreturn x'],
    ['return g(a, key=b)', 'return g(a)'],
    ['return a and b', 'return a'],
    ['return [a, b]', 'return [b]'],
    ['return str(a)', 'return a'],
    ['if a:\n    g(a)\nreturn b', 'if a:\n    pass\nreturn b'],
  ])('turn %j into %j', (before, after) => {
    expect(bodiesAfter('removal', before)).toContain(after);
  });

  it('never leave a function without a body', () => {
    expect(bodiesAfter('removal', 'return a')).toEqual([]);
  });
});

describe('repairs', () => {
  const clues = { path: 'm.py', failures: [], suspiciousness: new Map<number, number>(), specification: '' };
  const repaired = (text: string, name: string) =>
    python.repairsOf(text, regionNamed(text, name), clues).map(({ edit }) => applyEdit(text, edit));

  it.each([
    ['a flipped operator', '    return a < b\n', '    return a <= b\n'],
    ['a lost return', '    g(a)\n', '    return g(a)\n'],
    ['a spoiled return', '    x = a\n    return None\n', '    x = a\n    return x\n'],
    ['a negated return', '    return not (a == b)\n', '    return a == b\n'],
  ])('undo %s', (_, before, after) => {
    expect(repaired(`def f(a, b):\n${before}`, 'f')).toContain(`def f(a, b):\n${after}`);
  });

  it('keep a parameter as the attribute that is read elsewhere', () => {
    const text =
      'class A:\n    def __init__(self, x):\n        self.y = 1\n\n    def get(self):\n        return self.x\n';
    expect(repaired(text, 'A.__init__')).toContain(text.replace('self.y = 1\n', 'self.y = 1\n        self.x = x\n'));
  });

  it("put back what a sibling does, in this function's own names", () => {
    const sibling = (kind: string, size: string) =>
      [
        `def ${kind}_cache(maxsize):`,
        '    if maxsize is None:',
        '        return wrap(Unbounded())',
        ...(size === '' ? [] : ['    elif callable(maxsize):', `        return wrap(${size}(128))(maxsize)`]),
        '    else:',
        `        return wrap(${kind.toUpperCase()}(maxsize))`,
        '',
      ].join('\n');
    const imports = 'from x import LFU, LRU, Unbounded, wrap\n\n';
    const whole = imports + sibling('lru', 'LRU') + sibling('lfu', 'LFU');
    const broken = imports + sibling('lru', 'LRU') + sibling('lfu', '');
    expect(repaired(broken, 'lfu_cache')).toContain(whole);
  });
});
