import { describe, expect, it } from 'vitest';

import type { CodeRegion } from '../../../../../src/policy/embedded/languages/language.ts';
import { javascript } from '../../../../../src/policy/embedded/languages/javascript/javascript.ts';
import { applyEdit } from '../../../../../src/policy/embedded/languages/source-edit.ts';

function regionNamed(text: string, name: string): CodeRegion {
  const region = javascript.functionsOf(text).find((each) => each.qualifiedName === name);
  if (region === undefined) throw new Error(`no function ${name} in\n${text}`);
  return region;
}

const inFunction = (body: string) => `function f(a, b) {\n  ${body.replaceAll('\n', '\n  ')}\n}\n`;

function bodiesAfter(strategy: 'removal' | 'direct', body: string): readonly string[] {
  const text = inFunction(body);
  return javascript.editsOf(strategy, text, regionNamed(text, 'f')).map(({ edit }) =>
    applyEdit(text, edit)
      .replace(/^.*\n/, '')
      .replace(/\n\}\n$/, '')
      .replace(/^ {2}/gm, ''),
  );
}

describe('functions', () => {
  it.each([
    ['function f() {}', 'f'],
    ['exports.f = function () {};', 'f'],
    ['A.prototype.f = function g() {};', 'g'],
    ['const f = async (x) => x;', 'f'],
    ['const o = { f() {}, g: 1 };', 'f'],
    ['class A { static f() {} }', 'A.f'],
    ['class A { #f = () => 1; }', 'A.f'],
    ['export default function () {}', 'default'],
    ['function f(x: number): number { return x as number; }', 'f'],
    ['const f = (x) => <b>{x}</b>;', 'f'],
    ['const f = <T,>(x: T): JSX.Element => <b>{x}</b>;', 'f'],
    ['class A { [Symbol.iterator]() {} }', 'A.unnamed'],
  ])('of %j: %s', (text, name) => {
    expect(javascript.functionsOf(text).map(({ qualifiedName }) => qualifiedName)).toEqual([name]);
  });

  it('are none where the text is no program', () => {
    expect(javascript.functionsOf('function f( {')).toEqual([]);
  });

  it('belong to the functions around them; callbacks have no name and are none', () => {
    const names = javascript.functionsOf('function f() {\n  function g() {}\n  list.map((x) => x);\n}');
    expect(names.map(({ qualifiedName }) => qualifiedName)).toEqual(['f', 'f.g']);
  });
});

describe('direct edits', () => {
  it.each([
    ['return a < b;', 'return a <= b;'],
    ['return a === b;', 'return a !== b;'],
    ['return a && b;', 'return a || b;'],
    ['return a ?? b;', 'return a || b;'],
    ['x = a + b;', 'x = a - b;'],
    ['x += 1;', 'x -= 1;'],
    ['i++;', 'i--;'],
    ['x = 3;', 'x = 4;'],
    ['x = true;', 'x = false;'],
    ['if (a) { g(); }', 'if (!a) { g(); }'],
    ['if (a && b) { g(); }', 'if (!(a && b)) { g(); }'],
    ['if (!a) { g(); }', 'if (a) { g(); }'],
    ['x = a ? 1 : 2;', 'x = !a ? 1 : 2;'],
    ['g(a, b);', 'g(b, a);'],
    ['return g(a);', 'return undefined;'],
    ['while (a) { break; }', 'while (a) { continue; }'],
  ])('turn %j into %j', (before, after) => {
    expect(bodiesAfter('direct', before)).toContain(after);
  });

  it('leave strings, patterns and comments alone', () => {
    expect(bodiesAfter('direct', 'x = "a < b"; // 3 < 4\ny = /a+3/;')).toEqual([]);
  });

  it('leave a break alone that ends a switch', () => {
    expect(bodiesAfter('direct', 'switch (a) {\n  case "x":\n    break;\n}')).toEqual([]);
  });
});

describe('removal edits', () => {
  it.each([
    ['var x = a;\nreturn x;', 'return x;'],
    ['if (a) { return 1; }\nreturn b;', 'return b;'],
    ['if (a) {\n  x = 1;\n} else {\n  x = 2;\n}\nreturn x;', 'if (a) {\n  x = 1;\n}\nreturn x;'],
    ['if (a) { g(); } else if (b) { h(); } else { i(); }', 'if (a) { g(); } else { i(); }'],
    ['return g(a, b);', 'return g(a);'],
    ['return a && b;', 'return a;'],
    ['return [a, b];', 'return [b];'],
    ['return { a: 1, b };', 'return { a: 1 };'],
    ['return String(a);', 'return a;'],
    ['return a ? b : 1;', 'return b;'],
    ['if (a) {\n  g();\n}\nreturn b;', 'if (a) {\n}\nreturn b;'],
    ['switch (a) {\n  case 1:\n    g();\n  default:\n    h();\n}', 'switch (a) {\n  default:\n    h();\n}'],
    ['try {\n  g();\n} catch (e) {\n  h();\n} finally {\n  i();\n}', 'try {\n  g();\n} catch (e) {\n  h();\n}'],
  ])('turn %j into %j', (before, after) => {
    expect(bodiesAfter('removal', before)).toContain(after);
  });

  it('never leave a function without a body', () => {
    expect(bodiesAfter('removal', 'return a;')).toEqual([]);
  });

  it('leave only what still parses', () => {
    const bodies = bodiesAfter(
      'removal',
      'const { a: c = 1 } = b;\nlabel: for (const x of [c]) g(x), h(x);\nreturn c;',
    );
    for (const body of bodies) expect(javascript.functionsOf(inFunction(body))).not.toEqual([]);
  });
});

describe('repairs', () => {
  const clues = { path: 'm.js', failures: [], suspiciousness: new Map<number, number>(), specification: '' };
  const repaired = (text: string, name: string, given: object = {}) =>
    javascript
      .repairsOf(text, regionNamed(text, name), { ...clues, ...given })
      .map(({ edit }) => applyEdit(text, edit));

  it.each([
    ['a flipped operator', 'return a < b;', 'return a <= b;'],
    ['a lost negation', 'return a && b;', 'return !a && b;'],
    ['a lost return', 'g(a);', 'return g(a);'],
    ['a spoiled return', 'var x = a;\nreturn undefined;', 'var x = a;\nreturn x;'],
    ['a negated return', 'return !(a === b);', 'return a === b;'],
    ['a lost argument', 'g(a, b);\nreturn g(a);', 'g(a, b);\nreturn g(a, b);'],
    ['a lost default', 'g(a.x || 5);\nvar y = a.x;', 'g(a.x || 5);\nvar y = a.x || 5;'],
    ['a lost conversion', 'g(String(b));\nreturn a;', 'g(String(b));\nreturn String(a);'],
    ['an emptied list', 'a = [];\nreturn g(a);', 'a = [a];\nreturn g(a);'],
    ['an emptied block', 'if (a) {\n}\nreturn b;', 'if (a) {\n  return b;\n}\nreturn b;'],
  ])('undo %s', (_, before, after) => {
    expect(repaired(inFunction(before), 'f')).toContain(inFunction(after));
  });

  it('are written without semicolons where the file is', () => {
    const text = 'function f(a) {\n  var x = g(a)\n}\n';
    expect(repaired(text, 'f')).toContain(text.replace('g(a)\n', 'g(a)\n  return x\n'));
    expect(repaired(text.replace('g(a)', 'g(a);'), 'f')).toContain(text.replace('g(a)\n', 'g(a);\n  return x;\n'));
  });

  it('never take the name of the function for something unused', () => {
    const text = inFunction('g();\nreturn a + b;');
    expect(repaired(text, 'f')).not.toContain(text.replace('g()', 'g(f)'));
  });

  it('put numbers of the specification in place of others', () => {
    const specification = '  assert.equal(f(), 42);';
    expect(repaired(inFunction('return 41 * a;'), 'f', { specification })).toContain(inFunction('return 42 * a;'));
  });

  it('declare a name that a failure misses, as another function does', () => {
    const whole =
      'function g(list) {\n  var size = list.length;\n  return size;\n}\n\nfunction f(list) {\n  var size = list.length;\n  return size + 1;\n}\n';
    const broken = whole.replace(/ {2}var size = list\.length;\n(?= {2}return size \+)/, '');
    const failures = [{ testId: 'x', error: 'ReferenceError', message: 'size is not defined', frames: [] }];
    const found = javascript.repairsOf(broken, regionNamed(broken, 'f'), { ...clues, failures });
    const repair = found.find(({ edit }) => applyEdit(broken, edit) === whole);
    expect(repair?.features['told-by-failure']).toBe(1);
  });

  it('always parse', () => {
    const body =
      'for (let i = 0; i < a.length; i++) {\n  if (a[i] && b) continue;\n  g({ x: a, b }, [...b]);\n}\nreturn a ? b : g`x`;';
    for (const text of repaired(inFunction(body), 'f')) expect(javascript.functionsOf(text)).not.toEqual([]);
  });
});
