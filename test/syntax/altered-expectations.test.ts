import { describe, expect, it } from 'vitest';

import { alterExpectations } from '../../src/syntax/altered-expectations.ts';

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

/** Every text that some seed makes of a file. */
function alterationsOf(path: string, text: string): readonly string[] {
  const made = SEEDS.map((seed) => alterExpectations(path, text, { seed, knownNames: new Set() }));
  return [...new Set(made.flatMap((alteration) => (alteration.altered ? alteration.text : [])))];
}

/** The same with what is drawn left out: digits of an altered number, letters of an added word. */
function shapesOf(path: string, text: string): readonly string[] {
  const shapes = alterationsOf(path, text).map((altered) => altered.replaceAll(/\bz[a-z\d]{3,}|z[a-z\d]{4,}/g, 'WORD'));
  return [...new Set(shapes)].sort();
}

const pythonTest = (statement: string) => `def test_a():\n    ${statement.replaceAll('\n', '\n    ')}\n`;

const pythonShapes = (statement: string) =>
  shapesOf('test_a.py', pythonTest(statement)).map((text) => text.replace(/^def test_a\(\):\n {4}/, '').trimEnd());

describe('a Python test', () => {
  it.each([
    ['an integer', 'assert f(7) == 1', ['assert f(7) == 0']],
    ['a negative integer', 'self.assertEqual(f(7), -1)', ['self.assertEqual(f(7), -0)']],
    ['zero', 'assert 0 == f(7)', ['assert 1 == f(7)']],
    ['a text', 'assert f("in") == "out"', ['assert f("in") == "outWORD"']],
    ['bytes', "assert f(b'in') == b'out'", ["assert f(b'in') == b'outWORD'"]],
    ['a text in two parts', 'assert f() == ("a"\n  "b")', ['assert f() == ("aWORD"\n      "b")']],
    ['a truth', 'self.assertEquals(f(7), True, "why")', ['self.assertEquals(f(7), False, "why")']],
    ['nothing', 'assert f() == None', ['assert f() == "WORD"']],
    ['an empty list', 'assert f() == []', ['assert f() == ["WORD"]']],
    ['an empty tuple', 'assert f() == ()', ['assert f() == ("WORD",)']],
    ['an empty dictionary', 'assert f() == {}', ['assert f() == {"WORD": 0}']],
    [
      'a member',
      'assert f(7) == [1, g(2), ("a",)]',
      ['assert f(7) == [0, g(2), ("a",)]', 'assert f(7) == [1, g(2), ("aWORD",)]'],
    ],
    ['a value of a dictionary', 'assert f(7) == {"k": 1}', ['assert f(7) == {"k": 0}']],
    [
      'one of two comparisons',
      'assert f() == 1 and (g() == 0)',
      ['assert f() == 0 and (g() == 0)', 'assert f() == 1 and (g() == 1)'],
    ],
    [
      'one of two assertions',
      'assert f() == 1\nassert g() == 0',
      ['assert f() == 0\n    assert g() == 0', 'assert f() == 1\n    assert g() == 1'],
    ],
    [
      'what a context manager holds',
      'with open(x) as y:\n    assert f(y) == 1',
      ['with open(x) as y:\n        assert f(y) == 0'],
    ],
    [
      'what a loop over written values holds',
      'for x in [1, 2]:\n    assert f(x) == 1',
      ['for x in [1, 2]:\n        assert f(x) == 0'],
    ],
  ])('expects another value in place of %s', (_, statement, altered) => {
    expect(pythonShapes(statement)).toEqual(altered);
  });

  it('expects another value where the value is no literal', () => {
    expect(pythonShapes('assert f(x) == wanted')).toEqual([
      'assert f(x) == (lambda seen: seen + 1 if type(seen) in (int, float) else not seen if type(seen) is bool else seen + "WORD" if type(seen) is str else (seen, "WORD"))(wanted)',
    ]);
    expect(pythonShapes('assert wanted == f(x)')[0]).toContain('(wanted) == f(x)');
    expect(pythonShapes('assert f(x) == g(y)')[0]).toContain('f(x) == (lambda');
    expect(pythonShapes('assert expected == seen')[0]).toContain('(expected) == seen');
  });

  it.each([
    ['behind an or', 'assert f() == 1 or f() == 2'],
    ['that is negated', 'assert not f() == 1'],
    ['under a condition', 'if f():\n    assert g() == 1'],
    ['in a try', 'try:\n    assert g() == 1\nexcept ValueError:\n    pass'],
    ['in a loop over what the code gives', 'for x in f():\n    assert x == 1'],
    ['inside of another expression', 'assert all(x == 1 for x in f())'],
    ['in a block that has to raise', 'with pytest.raises(ValueError):\n    assert f() == 1'],
    ['of another kind', 'assert f() != 1\nassert f() < 1\nself.assertNotEqual(f(), 1)\nself.assertAlmostEqual(f(), 1)'],
    ['in a function of its own', 'def check():\n    assert f() == 1'],
  ])('keeps an assertion %s', (_, statement) => {
    expect(pythonShapes(statement)).toEqual([]);
  });

  it('draws another number from a range, so that nobody knows it beforehand', () => {
    expect(alterationsOf('test_a.py', pythonTest('assert f() == 1000')).length).toBeGreaterThan(20);
  });

  it('never expects the same again', () => {
    const text = pythonTest('assert f() == 2\nassert g() == 0x10\nassert h() == 0.5\nassert i() == 1e3');
    expect(alterationsOf('test_a.py', text)).not.toContain(text);
  });

  it('is changed in a parametrized function as in any other, and keeps its rows', () => {
    const text = '@pytest.mark.parametrize("x, y", [(1, 2)])\ndef test_a(x, y):\n    assert f(x) == y\n';
    expect(shapesOf('test_a.py', text)[0]).toContain('[(1, 2)])\ndef test_a(x, y):\n    assert f(x) == (lambda seen:');
  });
});

const scriptShapes = (statement: string, path = 'a.test.js') =>
  shapesOf(path, `it('a', () => {\n  ${statement}\n});\n`).map((text) => text.slice(15, -5).trim());

describe('a JavaScript or TypeScript test', () => {
  it.each([
    ['expect(f(7)).toBe(1);', ['expect(f(7)).toBe(0);']],
    [
      "expect(f(7)).toEqual({ a: 'x', b: [null], ...c });",
      [
        "expect(f(7)).toEqual({ a: 'x', b: ['WORD'], ...c });",
        "expect(f(7)).toEqual({ a: 'xWORD', b: [null], ...c });",
      ],
    ],
    ['await expect(f(7)).resolves.toStrictEqual(true);', ['await expect(f(7)).resolves.toStrictEqual(false);']],
    ['return expect(f(7)).to.deep.equal([]);', ["return expect(f(7)).to.deep.equal(['WORD']);"]],
    ['f(7).should.equal(-1);', ['f(7).should.equal(-0);']],
    ['assert.strictEqual(f(7), `x`);', ['assert.strictEqual(f(7), `xWORD`);']],
    ['t.is(f(7), undefined);', ["t.is(f(7), 'WORD');"]],
    ['t.deepEqual(f(7), {});', ['t.deepEqual(f(7), ({ WORD: 0 }));']],
    ['t.same(f(7), wanted);', ["t.same(f(7), [wanted, 'WORD']);"]],
    ['for (const x of [1, 2]) { t.equal(f(x), 1); }', ['for (const x of [1, 2]) { t.equal(f(x), 0); }']],
  ])('expects another value in %s', (statement, altered) => {
    expect(scriptShapes(statement)).toEqual(altered);
    expect(scriptShapes(statement, 'a.test.ts')).toEqual(altered);
  });

  it.each([
    'expect(f(7)).not.toBe(1);',
    'assert.notStrictEqual(f(7), 1);',
    'assert.ok(f(7) === 1);',
    'if (f()) { t.equal(g(), 1); }',
    'try { t.equal(g(), 1); } catch {}',
    'f((error, value) => { t.equal(value, 1); });',
    'for (const x of f()) { t.equal(x, 1); }',
    'const same = lodash.isEqual(f(), 1);',
    't.equal(...both);',
  ])('keeps %s', (statement) => {
    expect(scriptShapes(statement)).toEqual([]);
  });

  it('may be an expression', () => {
    expect(shapesOf('a.test.js', "it('a', () => expect(f(7)).toBe(1));\n")).toEqual([
      "it('a', () => expect(f(7)).toBe(0));\n",
    ]);
  });

  it('is named with the message of the assertion, for some runners report that', () => {
    const text = "test('names', (t) => {\n  t.equal(f(7), 'x', 'is x');\n});\n";
    const alteration = alterExpectations('a.js', text, { seed: 1, knownNames: new Set() });
    expect(alteration).toMatchObject({ altered: true, tests: 1, names: ['is x', 'names'] });
  });
});

const goShapes = (statement: string) =>
  shapesOf('a_test.go', `package a\n\nfunc TestA(t *testing.T) {\n\t${statement}\n}\n`).map((text) =>
    text.slice(text.indexOf('{') + 1, -3).trim(),
  );

describe('a Go test', () => {
  it.each([
    ['if got := F(7); got != 1 { t.Errorf("got %d", got) }', ['if got := F(7); got != 0 { t.Errorf("got %d", got) }']],
    [
      'if F(7) != "x" || G(7) != true { t.Fatal() }',
      ['if F(7) != "x" || G(7) != false { t.Fatal() }', 'if F(7) != "xWORD" || G(7) != true { t.Fatal() }'],
    ],
    [
      'if !reflect.DeepEqual(F(7), map[string]int{"a": 1}) { t.Fail() }',
      ['if !reflect.DeepEqual(F(7), map[string]int{"a": 0}) { t.Fail() }'],
    ],
    ['assert.Equal(t, []T{{A: 1}}, F(7), "why %d", 3)', ['assert.Equal(t, []T{{A: 0}}, F(7), "why %d", 3)']],
    [
      't.Run("a", func(t *testing.T) { require.Equal(t, `x`, F(7)) })',
      ['t.Run("a", func(t *testing.T) { require.Equal(t, `xWORD`, F(7)) })'],
    ],
    [
      'for _, x := range []int{1, 2} { if F(x) != 1 { t.Error() } }',
      ['for _, x := range []int{1, 2} { if F(x) != 0 { t.Error() } }'],
    ],
  ])('expects another value in %s', (statement, altered) => {
    expect(goShapes(statement)).toEqual(altered);
  });

  it.each([
    'if F(7) == 1 { t.Error() }',
    'if F(7) != 1 && G() { t.Error() }',
    'if F(7) != 1 { return }',
    'if err := F(7); err != nil { t.Fatal(err) }',
    'for _, x := range F() { if x != 1 { t.Error() } }',
    'if !ok { t.Error() }',
    'if F(7) != 0644 { t.Error() }',
    'for _, tt := range tests { if F(tt.in) != tt.want { t.Error() } }',
  ])('keeps %s', (statement) => {
    expect(goShapes(statement)).toEqual([]);
  });
});

describe('a file', () => {
  it('of a language that is not known stays as it is', () => {
    expect(alterExpectations('a_test.rb', 'x', { seed: 1, knownNames: new Set() })).toEqual({
      altered: false,
      reason: 'the language is not known',
    });
  });

  it('without an assertion of equality stays as it is', () => {
    expect(alterExpectations('test_a.py', pythonTest('f()'), { seed: 1, knownNames: new Set() })).toEqual({
      altered: false,
      reason: 'no expected value is found',
    });
  });

  it('is changed alike under the same seed', () => {
    const text = pythonTest('assert f() == 1000\nassert g() == "a"');
    const [one, other] = [1, 1].map((seed) => alterExpectations('test_a.py', text, { seed, knownNames: new Set() }));
    expect(one).toEqual(other);
  });
});
