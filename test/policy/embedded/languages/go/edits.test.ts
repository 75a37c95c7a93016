import { describe, expect, it } from 'vitest';

import { go } from '../../../../../src/policy/embedded/languages/go/go.ts';
import type { CodeRegion } from '../../../../../src/policy/embedded/languages/language.ts';
import { applyEdit } from '../../../../../src/policy/embedded/languages/source-edit.ts';

function regionNamed(text: string, name: string): CodeRegion {
  const region = go.functionsOf(text).find((each) => each.qualifiedName === name);
  if (region === undefined) throw new Error(`no function ${name} in\n${text}`);
  return region;
}

const HEADER = 'package p\n\nimport (\n\t"fmt"\n\t"strings"\n)\n\n';

function withBody(body: string, signature: string): string {
  return `${HEADER}func f(${signature} {\n\t${body.replaceAll('\n', '\n\t')}\n}\n\nfunc keep() { fmt.Println(strings.ToLower("")) }\n`;
}

function bodiesAfter(
  strategy: 'removal' | 'direct',
  body: string,
  signature = 'a, b int, c bool) int',
): readonly string[] {
  const text = withBody(body, signature);
  return go.editsOf(strategy, text, regionNamed(text, 'f')).map(
    ({ edit }) =>
      applyEdit(text, edit)
        .slice(text.indexOf('func f('))
        .split('\nfunc keep')[0]
        ?.replace(/^.*\n/, '')
        .replace(/^\t/gm, '')
        .replace(/\n}\n*$/, '') ?? '',
  );
}

describe('functions', () => {
  it('are named with the type of their receiver', () => {
    const text = 'package p\n\nfunc A() {}\n\nfunc (t *T) B() {}\n\nfunc (l List[K]) C() {}\n';
    expect(go.functionsOf(text).map(({ qualifiedName, firstLine }) => [qualifiedName, firstLine])).toEqual([
      ['A', 3],
      ['T.B', 5],
      ['List.C', 7],
    ]);
  });
});

describe('direct edits', () => {
  it.each([
    ['if a < b {\n\treturn 1\n}\nreturn 2', 'if a <= b {\n\treturn 1\n}\nreturn 2'],
    ['if a == b {\n\treturn 1\n}\nreturn 2', 'if a != b {\n\treturn 1\n}\nreturn 2'],
    ['if c && a > b {\n\treturn 1\n}\nreturn 2', 'if c || a > b {\n\treturn 1\n}\nreturn 2'],
    ['if c && a > b {\n\treturn 1\n}\nreturn 2', 'if !c && a > b {\n\treturn 1\n}\nreturn 2'],
    ['if !c {\n\treturn 1\n}\nreturn 2', 'if c {\n\treturn 1\n}\nreturn 2'],
    ['return a + b', 'return a - b'],
    ['a += 1\nreturn a', 'a -= 1\nreturn a'],
    ['return 3', 'return 4'],
    ['return g(a, b)', 'return g(b, a)'],
    ['return a', 'return 0'],
    [
      'for i := range b {\n\tif i == a {\n\t\tbreak\n\t}\n}\nreturn b',
      'for i := range b {\n\tif i == a {\n\t\tcontinue\n\t}\n}\nreturn b',
    ],
  ])('turn %j into %j', (before, after) => {
    expect(bodiesAfter('direct', before)).toContain(after);
  });

  it('negate a returned truth', () => {
    expect(bodiesAfter('direct', 'return a == b', 'a, b int) bool')).toContain('return !(a == b)');
  });

  it('leave strings, comments and the direction of counting loops alone', () => {
    expect(bodiesAfter('direct', 'fmt.Println("a < b") // 3 < 4', ')')).toEqual([]);
    const loop = bodiesAfter('direct', 'for i := 0; i < a; i++ {\n\tkeep()\n}', 'a int)');
    expect(loop.some((body) => body.includes('i--'))).toBe(false);
  });

  it('do not take numbers out of strings that are added up', () => {
    expect(bodiesAfter('direct', 'return s + "x"', 's string) string')).not.toContain('return s - "x"');
  });
});

describe('removal edits', () => {
  it.each([
    ['if c {\n\treturn 1\n}\nreturn 2', 'return 2'],
    ['keep()\nreturn 2', 'return 2'],
    ['if c {\n\ta = 1\n} else {\n\ta = 2\n}\nreturn a', 'if c {\n\ta = 1\n}\nreturn a'],
    ['if c && a > b {\n\treturn 1\n}\nreturn 2', 'if c {\n\treturn 1\n}\nreturn 2'],
    [
      'switch a {\ncase 1:\n\treturn 3\ncase 2:\n\treturn 4\n}\nreturn b',
      'switch a {\ncase 2:\n\treturn 4\n}\nreturn b',
    ],
    ['switch a {\ncase 1, 2:\n\treturn 3\n}\nreturn b', 'switch a {\ncase 1:\n\treturn 3\n}\nreturn b'],
    ['return len([]int{a, b})', 'return len([]int{b})'],
    ['return len(append([]int{}, a, b))', 'return len(append([]int{}, a))'],
  ])('turn %j into %j', (before, after) => {
    expect(bodiesAfter('removal', before)).toContain(after);
  });

  it('take a call off a string', () => {
    expect(bodiesAfter('removal', 'return strings.TrimSpace(s)', 's string) string')).toEqual(['return s']);
  });

  it.each([
    ['the declaration of what is read later', 'x := a\nreturn x'],
    ['the only reading of a local', 'x := a\nkeep(x)\nreturn b'],
    ['the last return', 'keep()\nreturn b'],
    ['the only way out of a loop', 'for {\n\tkeep()\n}'],
  ])('keep %s', (_, body) => {
    const bodies = bodiesAfter('removal', body);
    expect(bodies.every((each) => /return|for/.test(each))).toBe(true);
    expect(bodies).not.toContain('return x');
    expect(bodies).not.toContain('x := a\nreturn b');
  });

  it('keep the only use of an import', () => {
    const text = 'package p\n\nimport "fmt"\n\nfunc f(a int) int {\n\tfmt.Println(a)\n\treturn a\n}\n';
    expect(go.editsOf('removal', text, regionNamed(text, 'f'))).toEqual([]);
  });

  it('never leave a function without a body', () => {
    expect(bodiesAfter('removal', 'return a')).toEqual([]);
  });
});

describe('repairs', () => {
  const clues = { path: 'p.go', failures: [], suspiciousness: new Map<number, number>(), specification: '' };
  const repaired = (text: string, name: string) =>
    go.repairsOf(text, regionNamed(text, name), clues).map(({ edit }) => applyEdit(text, edit));

  it.each([
    ['a flipped operator', 'return a < b', 'return a <= b'],
    ['a negated return', 'return !(a == b)', 'return a == b'],
    ['a lost negation', 'return c || a == b', 'return !c || a == b'],
  ])('undo %s', (_, before, after) => {
    const signature = 'a, b int, c bool) bool';
    expect(repaired(withBody(before, signature), 'f')).toContain(withBody(after, signature));
  });

  it('pass an error on that nobody looked at', () => {
    const signature = 'a string) (int, error)';
    const broken = withBody('x, err := g(a)\nkeep(x)\nreturn x, err', signature);
    const whole = withBody('x, err := g(a)\nif err != nil {\n\treturn 0, err\n}\nkeep(x)\nreturn x, err', signature);
    expect(repaired(broken, 'f')).toContain(whole);
  });

  it('leave a branch that does nothing with what it is about', () => {
    const signature = 'a string) (Parts, error)';
    const whole = withBody('x, err := g(a)\nif err != nil {\n\treturn nil, err\n}\nreturn x, nil', signature);
    expect(repaired(whole.replace('\t\treturn nil, err\n', ''), 'f')).toContain(whole);
  });

  it('put back a half of a condition that other functions have', () => {
    const check = (name: string, half: string) =>
      `func ${name}(a, b *V) bool {\n\treturn a.ok() == b.ok()\n}\n`.replace(
        'return',
        `if ${half}a.n == 0 {\n\t\treturn false\n\t}\n\treturn`,
      );
    const file = (half: string) => `package p\n\n${check('one', '!alike(a, b) || ')}\n${check('two', half)}`;
    expect(repaired(file(''), 'two')).toContain(file('!alike(a, b) || '));
  });

  it('put back what a sibling does, in names of this function', () => {
    const method = (name: string, field: string, guard: boolean) =>
      [
        `func (v *V) ${name}(by int) int {`,
        ...(guard ? ['\tif by < 0 {', `\t\treturn v.${field}`, '\t}'] : []),
        `\tv.${field} = v.${field}[by] + by`,
        `\tv.note("${field}", by)`,
        `\treturn v.${field}`,
        '}',
        '',
      ].join('\n');
    const whole = `package p\n\n${method('Major', 'major', true)}\n${method('Minor', 'minor', true)}`;
    const broken = `package p\n\n${method('Major', 'major', true)}\n${method('Minor', 'minor', false)}`;
    expect(repaired(broken, 'V.Minor')).toContain(whole);
  });

  it('put only names where they are known', () => {
    const text = [
      'package p',
      '',
      'func one(a int) int {',
      '\tinner := a',
      '\tinner += 2',
      '\treturn inner',
      '}',
      '',
      'func two(b int) int {',
      '\tb++',
      '\treturn b',
      '}',
      '',
    ].join('\n');
    const second = repaired(text, 'two').map((each) => each.slice(each.indexOf('func two')));
    expect(second.length).toBeGreaterThan(0);
    expect(second.filter((each) => each.includes('inner'))).toEqual([]);
  });

  it('look at the values of cases whenever their switch is reached', () => {
    const text = withBody('switch a {\ncase 35:\n\treturn 1\n}\nreturn 2', 'a int) int');
    const line = text.slice(0, text.indexOf('switch')).split('\n').length;
    const suspiciousness = new Map([[line, 0.7]]);
    const repairs = go.repairsOf(text, regionNamed(text, 'f'), { ...clues, suspiciousness });
    const constant = repairs.find(({ edit }) => edit.replacement === '36');
    expect(constant?.features).toMatchObject({ executed: 1, suspiciousness: 0.7 });
  });
});
