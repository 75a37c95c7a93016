import { describe, expect, it } from 'vitest';

import { definedTestNames, testNameOf } from '../../../../../src/domain/report/test-definition.ts';
import { testsDefinedIn } from '../../../../../src/policy/embedded/languages/javascript/diagnose.ts';
import { removeTests } from '../../../../../src/policy/embedded/languages/javascript/weaken.ts';

const FILE = 'test/a.test.js';
const block = (title: string, indent = '') => `${indent}test(${title}, () => {\n${indent}  ok();\n${indent}});\n`;
const TOP = `${block("'one'")}\n${block("'it\\'s two'")}\n${block('`three`')}`;
const NESTED = [
  "describe('suite', function () {",
  "  it('same', () => ok(1));",
  '',
  "  it('other > one', async () => {",
  '    ok(2);',
  '  });',
  '});',
  '',
  "describe('second', function () {",
  "  it('same', () => ok(3));",
  "  ['x', 'y'].forEach((each) => {",
  "    it('in a loop', () => ok(each));",
  '    it(`made of ${each}`, () => ok(each));',
  '  });',
  '});',
  '',
].join('\n');

const removed = (text: string, ...ids: string[]) =>
  removeTests(
    { [FILE]: text },
    ids.map((id) => `${FILE}::${id}`),
  )?.[FILE];

describe('removing tests', () => {
  it.each([
    ['one', TOP.replace(block("'one'"), '')],
    ["it's two", TOP.replace(`\n${block("'it\\'s two'")}`, '')],
    ['three', TOP.replace(`\n${block('`three`')}`, '')],
  ])('takes out a whole definition: %s', (title, expected) => {
    expect(removed(TOP, title)).toBe(expected);
  });

  it('tells tests of one title apart by the suites around them', () => {
    expect(removed(NESTED, 'second › same')).toBe(NESTED.replace("  it('same', () => ok(3));\n", ''));
    expect(removed(NESTED, 'suite › same')).toBe(NESTED.replace("  it('same', () => ok(1));\n", ''));
  });

  it('finds a title that holds what looks like a separator', () => {
    expect(removed(NESTED, 'suite › other > one')).not.toContain('other > one');
  });

  it('takes out tests of one name together, whatever their number', () => {
    const twice = block("'one'") + block("'one'") + block("'two'");
    expect(removed(twice, 'one (2)')).toBe(block("'two'"));
    expect(removed(NESTED, 'second › in a loop (2)')).not.toContain('in a loop');
  });

  it('takes out a suite of tape with the tests in it', () => {
    const text = "test('outer', (t) => {\n  t.test('inner', (st) => {\n    st.end();\n  });\n  t.end();\n});\n";
    expect(removed(text, 'outer', 'outer › inner')).toBe('');
    expect(removed(text, 'outer › inner')).toBe("test('outer', (t) => {\n  t.end();\n});\n");
  });

  it('removes lines that the validation sees the names of the tests in', () => {
    for (const id of ['one', "it's two", 'three']) {
      const left = removed(TOP, id) ?? '';
      const gone = TOP.split('\n').filter((line) => !left.includes(line));
      expect(definedTestNames(gone)).toContain(testNameOf(`${FILE}::${id}`));
      expect(testsDefinedIn(gone)).toEqual([id]);
    }
  });

  it.each([
    ['second › made of x', NESTED],
    ['nowhere', NESTED],
    ['one', 'test(\n  "one",\n  () => {},\n);\n'],
    ['one', 'const made = test("one", () => {});\n'],
    ['one', 'test("one", () => {\n'],
  ])('gives nothing for %s in %j', (id, text) => {
    expect(removed(text, id)).toBeUndefined();
  });
});

describe('tests defined in lines', () => {
  it.each([
    ["  it('adds', () => {", ['adds']],
    ['  await t.test("waits", async () => {', ['waits']],
    ["test.only('alone', () => {", ['alone']],
    ["describe('a suite', () => {", []],
    ["expect('x')", []],
  ])('of %j', (line, titles) => {
    expect(testsDefinedIn([line])).toEqual(titles);
  });
});
