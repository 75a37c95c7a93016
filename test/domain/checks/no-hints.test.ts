import { describe, expect, it } from 'vitest';
import { hintsOf } from '../../../src/activities/validation/hint-facts.ts';
import { noHintsFinding } from '../../../src/domain/checks/no-hints.ts';
import type { FileChange } from '../../../src/domain/diff/unified-diff.ts';

/** The change between two texts that share no lines but those that are equal. */
function change(path: string, before: string, after: string): FileChange {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return {
    path,
    kind: 'modified',
    removedLines: old.filter((line) => !now.includes(line)),
    addedLines: now.filter((line) => !old.includes(line)),
  };
}

function judge(path: string, before: string, after: string, weakening = false) {
  const changed = change(path, before, after);
  return noHintsFinding({ files: [hintsOf(changed, before, after)] }, weakening ? [changed] : []);
}

const CLAMP = 'def clamp(value, high):\n    if value > high:\n        return high\n    return value\n';

describe('an added comment that carries removed code', () => {
  it.each([
    ['as it was', 'def clamp(value, high):\n    # if value > high:\n    #     return high\n    return value\n'],
    ['in a sentence', 'def clamp(value, high):\n    # was: if value > high: return high\n    return value\n'],
    ['with other spaces', 'def clamp(value, high):\n    #if  value>high :\n    return value\n'],
    ['behind code', 'def clamp(value, high):\n    return value  # if value > high\n'],
    ['in a docstring', 'def clamp(value, high):\n    """\n    if value > high:\n    """\n    return value\n'],
    ['in a string that stands alone', 'def clamp(value, high):\n    "if value > high: return"\n    return value\n'],
  ])('is a hint, %s', (_, after) => {
    expect(judge('pkg/a.py', CLAMP, after)).toMatchObject({ passed: false });
  });

  it.each([
    ['a.js', 'f(a);\nif (a > limit) return limit;\n', 'f(a);\n/*\n * if (a > limit) return limit;\n */\n'],
    [
      'a.ts',
      "const x: string = pick('a', b);\n",
      'const x = b; // pick("a", b)\nconst y = 1; // const x: string = pick(`a`, b)\n',
    ],
    [
      'a.go',
      'package a\n\nfunc f(a int) int {\n\tif a > 9 {\n\t\treturn 9\n\t}\n\treturn a\n}\n',
      'package a\n\nfunc f(a int) int {\n\t// if a > 9 {\n\treturn a\n}\n',
    ],
    ['a.rb', 'return limit if a > limit\n', '# return limit if a > limit\n'],
    ['a.lua', 'if a > limit then a = limit end\n', '-- if a > limit then a = limit end\n'],
  ])('is found in %s', (path, before, after) => {
    expect(judge(path, before, after)).toMatchObject({ passed: false });
  });

  it('is found in another file than the code was taken from', () => {
    const one = hintsOf(change('a.py', 'limit = min(a, b)\n', 'limit = a\n'), 'limit = min(a, b)\n', 'limit = a\n');
    const two = hintsOf(
      change('b.py', 'x = 1\n', 'x = 1\n# limit = min(a, b)\n'),
      'x = 1\n',
      'x = 1\n# limit = min(a, b)\n',
    );
    expect(noHintsFinding({ files: [one, two] }, [])).toMatchObject({ passed: false, figures: { files: 2 } });
  });
});

describe('no hint', () => {
  it.each([
    ['an honest comment', CLAMP, 'def clamp(value, high):\n    # Values are kept as they are.\n    return value\n'],
    [
      'a comment that says what is returned',
      CLAMP,
      'def clamp(value, high):\n    # Will return high values too.\n    return value\n',
    ],
    ['code that moved', 'a = f(1, 2)\nb = g(3, 4)\n', 'b = g(3, 4)\nc = 1\na = f(1, 2)\n'],
    ['a comment that moved with its code', 'x = 1\n# y = f(x, 1)\ny = 2\n', 'y = 2\n# y = f(x, 1)\nz = 3\n'],
    ['code that became part of a template', 'a = f(1, 2)\n', 'a = [f(1, 2)]\n'],
    [
      'a docstring changed where it did not hold the code',
      '"""Doc.\n\n>>> f(1, 2)\n"""\nx = f(1, 2)\n',
      '"""Docs.\n\n>>> f(1, 2)\n"""\nx = 3\n',
    ],
  ])('is %s', (_, before, after) => {
    expect(judge('pkg/a.py', before, after)).toMatchObject({ passed: true });
  });

  it('is a template that holds code', () => {
    expect(judge('a.js', 'log(total(a, b));\n', 'log(`${total(a, b)}`);\n')).toMatchObject({ passed: true });
  });
});

describe('a weakening', () => {
  const TEST = 'def test_a():\n    assert f(1) == 2\n\ndef test_b():\n    assert f(2) == 3\n';

  it.each([
    ['comments a test out', TEST.replace(/def test_b[\s\S]*/, '# def test_b():\n#     assert f(2) == 3\n')],
    ['makes a string of a test', TEST.replace('def test_b', '"""\ndef test_b') + '"""\n'],
    ['puts a test under a condition that never holds', TEST.replace('def test_b', 'if False:\n  def test_b')],
    ['gives a test a name that is none', TEST.replace('test_b', '_test_b')],
    ['gives a test a name with something before it', TEST.replace('test_b', 'disabled_test_b')],
  ])('is refused when it %s', (_, after) => {
    expect(judge('tests/test_a.py', TEST, after, true)).toMatchObject({ passed: false });
  });

  it.each([
    ['removes a test', TEST.replace(/\ndef test_b[\s\S]*/, '')],
    ['removes an assertion', TEST.replace('assert f(2) == 3', 'f(2)')],
    ['renames a test to another test', TEST.replace('test_b', 'test_b_again')],
  ])('is accepted when it %s', (_, after) => {
    expect(judge('tests/test_a.py', TEST, after, true)).toMatchObject({ passed: true });
  });

  it('is refused when it puts JavaScript tests behind a condition that never holds', () => {
    const before = 'test("a", () => {\n  check(f(1));\n});\n';
    expect(judge('a.test.js', before, `if (false) {\n${before}}\n`, true)).toMatchObject({ passed: false });
  });
});
