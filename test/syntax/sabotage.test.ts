import { describe, expect, it } from 'vitest';

import { sabotageTests } from '../../src/syntax/sabotage.ts';

const PYTHON_RAISE = "raise AssertionError('made to fail on purpose')";
const JAVASCRIPT_RAISE = "if (!0) throw new Error('made to fail on purpose');";

function textOf(path: string, text: string, ...names: readonly string[]): string {
  const sabotage = sabotageTests(path, text, new Set(names));
  if (!sabotage.sabotaged) throw new Error(sabotage.reason);
  return sabotage.text;
}

function namesOf(path: string, text: string): readonly string[] {
  const sabotage = sabotageTests(path, text);
  return sabotage.sabotaged ? sabotage.names : [];
}

describe('a Python test file', () => {
  it('raises first in each test, outside of any try, and behind a docstring', () => {
    const text = [
      'import pkg',
      '',
      'def helper():',
      '    return 1',
      '',
      'class TestX(unittest.TestCase):',
      '    def test_one(self):',
      '        """One."""',
      '        try:',
      '            pkg.one()',
      '        except Exception:',
      '            pass',
      '',
      '    async def test_two(self):',
      '\t',
      '        pkg.two()',
      '',
    ].join('\n');
    expect(textOf('tests/test_x.py', text)).toBe(
      text
        .replace('        try:', `        ${PYTHON_RAISE}\n        try:`)
        .replace('        pkg.two()', `        ${PYTHON_RAISE}\n        pkg.two()`),
    );
  });

  it.each([
    ['on one line', 'def test_a(): assert f()\n', `def test_a(): ${PYTHON_RAISE}; assert f()\n`],
    [
      'decorated',
      '@given(st.text())\ndef test_a(x):\n  f(x)\n',
      `@given(st.text())\ndef test_a(x):\n  ${PYTHON_RAISE}\n  f(x)\n`,
    ],
    ['with a docstring alone', 'def test_a():\n    "a"\n', `def test_a():\n    "a"\n    ${PYTHON_RAISE}\n`],
    ['with a docstring alone, on one line', 'def test_a(): "a"\n', `def test_a(): "a"; ${PYTHON_RAISE}\n`],
    ['with Windows line ends', 'def test_a():\r\n    f()\r\n', `def test_a():\r\n    ${PYTHON_RAISE}\n    f()\r\n`],
    [
      'called runTest',
      'class A(T):\n    def runTest(self):\n        f()\n',
      `class A(T):\n    def runTest(self):\n        ${PYTHON_RAISE}\n        f()\n`,
    ],
  ])('may have a test %s', (_, text, sabotaged) => {
    expect(textOf('test_a.py', text)).toBe(sabotaged);
  });

  it('raises in nested tests and in those that only a report names', () => {
    const text = 'def make(n):\n    def test(self):\n        f(n)\n    return test\n\ndef check_all():\n    f(1)\n';
    expect(textOf('test_a.py', text, 'check_all').split(PYTHON_RAISE)).toHaveLength(3);
    expect(textOf('test_a.py', text).split(PYTHON_RAISE)).toHaveLength(2);
  });

  it('leaves alone what is expected to fail', () => {
    const text =
      '@pytest.mark.xfail(strict=True)\ndef test_a():\n    f()\n\n@unittest.expectedFailure\ndef test_b():\n    f()\n';
    expect(sabotageTests('test_a.py', text)).toEqual({ sabotaged: false, reason: 'no test body is found' });
  });
});

describe('a JavaScript or TypeScript test file', () => {
  it.each([
    ['test("a", () => { f(); });', `test("a", () => { ${JAVASCRIPT_RAISE} f(); });`],
    [
      'it("a", async function (done) {\n  f();\n});',
      `it("a", async function (done) { ${JAVASCRIPT_RAISE}\n  f();\n});`,
    ],
    ['test("a", () => f());', `test("a", () => { ${JAVASCRIPT_RAISE} return f(); });`],
    [
      'test("a", { timeout: 5 }, (t) => f(t));',
      `test("a", { timeout: 5 }, (t) => { ${JAVASCRIPT_RAISE} return f(t); });`,
    ],
    ['it.only("a", () => { f(); }, 1000);', `it.only("a", () => { ${JAVASCRIPT_RAISE} f(); }, 1000);`],
    [
      'test.each([1, 2])("a %d", (n) => { f(n); });',
      `test.each([1, 2])("a %d", (n) => { ${JAVASCRIPT_RAISE} f(n); });`,
    ],
    [
      'test.each`n\n${1}`("a $n", ({ n }) => { f(n); });',
      `test.each\`n\n\${1}\`("a $n", ({ n }) => { ${JAVASCRIPT_RAISE} f(n); });`,
    ],
    ['t.test("a", function (st) { st.end(); });', `t.test("a", function (st) { ${JAVASCRIPT_RAISE} st.end(); });`],
    [
      'for (const c of all) test(c.name, () => { f(c); });',
      `for (const c of all) test(c.name, () => { ${JAVASCRIPT_RAISE} f(c); });`,
    ],
    ['test("a", checkAll);', `test("a", (() => () => { ${JAVASCRIPT_RAISE} })(checkAll));`],
    [
      'it("a", wrapped(async () => { await f(); }));',
      `it("a", (() => () => { ${JAVASCRIPT_RAISE} })(wrapped(async () => { await f(); })));`,
    ],
  ])('raises first in %s', (text, sabotaged) => {
    expect(textOf('test/a.test.js', text)).toBe(sabotaged);
    expect(textOf('test/a.test.ts', text)).toBe(sabotaged);
  });

  it('reads types', () => {
    const text = 'it("a", async (): Promise<void> => { const x = <number>f(); });';
    expect(textOf('a.spec.ts', text)).toContain(`{ ${JAVASCRIPT_RAISE} const x`);
  });

  it.each([
    'describe("a", () => { f(); });',
    'beforeEach(() => { f(); });',
    'test.beforeEach(() => { f(); });',
    'test.describe("a", () => { f(); });',
    'test.failing("a", () => { f(); });',
    'it.skip("a", () => { f(); });',
    'if (/x/.test(name)) f();',
    'vi.mock("a", () => ({ f }));',
    'function test(name, run) { run(); }',
  ])('finds no test in %s', (text) => {
    expect(sabotageTests('a.test.js', text)).toMatchObject({ sabotaged: false });
  });

  it('raises in what only a report names, but not in a suite of that name', () => {
    const text = 'scenario("a", () => { f(); }); describe("a", () => { g(); });';
    expect(textOf('a.test.js', text, 'a')).toBe(text.replace('{ f', `{ ${JAVASCRIPT_RAISE} f`));
  });

  it('knows titles that are written out', () => {
    const text = "it('it\\'s a', () => {}); it(`b`, () => {}); it(`c ${d}`, () => {});";
    expect(namesOf('a.test.js', text)).toEqual(['b', "it's a"]);
  });
});

describe('a Go test file', () => {
  it.each([
    ['func TestA(t *testing.T) { f() }', 'func TestA(t *testing.T) { t.Fatal("made to fail on purpose"); f() }'],
    [
      'func TestA(tt *testing.T) {\n\tf()\n}',
      'func TestA(tt *testing.T) { tt.Fatal("made to fail on purpose");\n\tf()\n}',
    ],
    ['func TestA(_ *testing.T) { f() }', 'func TestA(_ *testing.T) { panic("made to fail on purpose"); f() }'],
    [
      'func FuzzA(f *testing.F) { f.Add(1) }',
      'func FuzzA(f *testing.F) { f.Fatal("made to fail on purpose"); f.Add(1) }',
    ],
    ['func ExampleA() { f() }', 'func ExampleA() { panic("made to fail on purpose"); f() }'],
    ['func (s *Suite) TestA() { f() }', 'func (s *Suite) TestA() { panic("made to fail on purpose"); f() }'],
    ['var _ = It("a", func() { f() })', 'var _ = It("a", func() { panic("made to fail on purpose"); f() })'],
  ])('raises first in %s', (text, sabotaged) => {
    expect(textOf('a_test.go', `package a\n\n${text}\n`)).toBe(`package a\n\n${sabotaged}\n`);
  });

  it.each([
    'func TestMain(m *testing.M) { os.Exit(m.Run()) }',
    'func Testable() bool { return true }',
    'func BenchmarkA(b *testing.B) { f() }',
    'func TestHelper(t *testing.T, n int) { f() }',
  ])('finds no test in %s', (text) => {
    expect(sabotageTests('a_test.go', `package a\n\n${text}\n`)).toMatchObject({ sabotaged: false });
  });
});

it('finds tests around what the grammar cannot read', () => {
  const text = 'x = = 1\n\ndef test_a():\n    f()\n';
  expect(textOf('test_a.py', text)).toBe(text.replace('    f()', `    ${PYTHON_RAISE}\n    f()`));
});

it.each([
  ['tests/readme.md', 'def test_a(): pass', 'the language is not known'],
  ['spec/a_spec.rb', 'it "a" do\nend\n', 'the language is not known'],
  ['tests/__init__.py', '', 'no test body is found'],
])('says why %s is left as it is', (path, text, reason) => {
  expect(sabotageTests(path, text)).toEqual({ sabotaged: false, reason });
});
