import { describe, expect, it } from 'vitest';
import { definedTestNames, testFileOf, testNameOf } from '../../../src/domain/report/test-definition.ts';

describe('testNameOf', () => {
  it.each([
    ['tests/test_a.py::test_x', 'test_x'],
    ['tests/test_a.py::TestX::test_b', 'test_b'],
    ['tests/test_a.py::test_x[param]', 'test_x'],
    ['tests/test_a.py::test_x[a::b]', 'test_x'],
    ['tests/test_a.py::test_x[[1] (2)]', 'test_x'],
    ['test_b (pkg.TestX)', 'test_b'],
    ['test_b (pkg.TestX.test_b)', 'test_b'],
    ['test_b (pkg.TestX.test_b) (i=1)', 'test_b'],
    ['test_b (pkg.TestX.test_b) [msg]', 'test_b'],
    ['pkg.TestX.test_b', 'test_b'],
    ['pkg.TestX.test_b[3]', 'test_b'],
    ['test_b', 'test_b'],
    ['test_b[1]', 'test_b'],
    ['TestX', 'TestX'],
    ['TestX/sub', 'TestX'],
    ['TestX/sub_a/b', 'TestX'],
    ['pkg.TestX/sub', 'TestX'],
    ['pkg.TestGröße/sub', 'TestGröße'],
    ['github.com/google/uuid.TestParse/sub', 'TestParse'],
    ['github.com/google/uuid/TestParse', 'TestParse'],
    ['ExampleNew', 'ExampleNew'],
    ['parses > nested objects', 'nested objects'],
    ['parses › nested (deep) objects', 'nested (deep) objects'],
    ['a.test.ts > parses > it works', 'it works'],
    ['test/a.test.js::parses › nested > objects', 'nested > objects'],
    ['test/a.test.js::Test a :: b [1]', 'Test a :: b [1]'],
    ['src/a.spec.tsx::parses › twice (2)', 'twice'],
    ['handles null', 'handles null'],
    ['pkg/mod.py::pkg.mod.func', 'pkg.mod.func'],
  ])('finds the name in %j', (id, name) => {
    expect(testNameOf(id)).toBe(name);
  });
});

describe('testFileOf', () => {
  it.each([
    ['tests/test_a.py::TestX::test_b', 'tests/test_a.py'],
    ['./tests/test_a.py::test_b', 'tests/test_a.py'],
    ['README.rst::README.rst', 'README.rst'],
    ['tests.test_a::test_b', undefined],
    ['test_b (pkg.TestX)', undefined],
  ])('finds the file in %j', (id, file) => {
    expect(testFileOf(id)).toBe(file);
  });
});

describe('definedTestNames', () => {
  it.each([
    ['def test_x(self):', 'test_x'],
    ['    async def test_x(self):', 'test_x'],
    ['class TestX(unittest.TestCase):', 'TestX'],
    ['func TestX(t *testing.T) {', 'TestX'],
    ['func (s *Suite) TestX() {', 'TestX'],
    ['export async function testX() {', 'testX'],
    ['fn it_works() {', 'it_works'],
    ['    public void testX() {', 'testX'],
    ['test_x = make_test(3)', 'test_x'],
    ['  testX: function () {', 'testX'],
    ['  testX() {', 'testX'],
    ["  it('isn\\'t empty', () => {", "isn't empty"],
    ['  await t.test("waits", async () => {', 'waits'],
    ["it('does x', () => {", 'does x'],
    ['  t.test("does x", function (t) {', 'does x'],
    ['t.Run(`does x`, func(t *testing.T) {', 'does x'],
  ])('finds the definition in %j', (line, name) => {
    expect(definedTestNames([line]).has(name)).toBe(true);
  });

  it.each([
    ['# def test_x(self):', 'test_x'],
    ['// it("does x")', 'does x'],
    ['    test_x()', 'test_x'],
    ['assert test_x == 3', 'test_x'],
    ['def test_xy(self):', 'test_x'],
    ['"def test_x(): pass"', 'test_x'],
  ])('finds no definition in %j', (line, name) => {
    expect(definedTestNames([line]).has(name)).toBe(false);
  });
});
