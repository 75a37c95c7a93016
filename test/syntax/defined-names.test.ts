import { describe, expect, it } from 'vitest';

import { definedNames } from '../../src/syntax/defined-names.ts';

const KNOWN = {
  functions: new Set(['test_one', 'test_two', 'TestOne', 'testOne']),
  titles: new Set(['adds', "isn't empty", 'testTwo']),
};

describe('definedNames', () => {
  it.each<[string, string, readonly string[]]>([
    ['a function', 'def test_one():\n    pass\n', ['test_one']],
    ['a method', 'class A:\n    async def test_one(self):\n        pass\n', ['test_one']],
    [
      'each of two of one name',
      'def test_one(): pass\n\n\nclass A:\n    def test_one(self): pass\n',
      ['test_one', 'test_one'],
    ],
    ['one that is skipped', '@pytest.mark.skip\ndef test_one():\n    pass\n', ['test_one']],
    ['one under a condition', 'if False:\n    def test_one(): pass\n', ['test_one']],
    ['one behind what cannot be read', 'def test_one(): pass\n)))\n', ['test_one']],
    ['none in a comment or a string', '# def test_one(): pass\n"""\ndef test_two(): pass\n"""\n', []],
    ['none that is only called', 'test_one()\n', []],
    ['none that is not asked for', 'def helper(): pass\n', []],
  ])('finds in Python %s', (_, text, names) => {
    expect(definedNames('tests/test_x.py', text, KNOWN)).toEqual(names);
  });

  it.each<[string, string, readonly string[]]>([
    ['a title', "it('adds', () => {});", ['adds']],
    ['a title that is escaped', "it('isn\\'t empty', function () {});", ["isn't empty"]],
    ['a title on a line of its own', "it(\n  'adds',\n  () => {},\n);", ['adds']],
    ['one that is skipped', "xit('adds', () => {});\nit.skip('adds', () => {});", ['adds', 'adds']],
    ['a function and a method', 'function testOne() {}\nclass A { testOne() {} }', ['testOne', 'testOne']],
    ['no function that is called like a title', 'function testTwo() {}', []],
    ['a title whose function has a name', "it('adds', exact);\nit.skip('adds', of(exact));", ['adds', 'adds']],
    ['none in a call that makes no test', "log('adds', exact);", []],
    ['none without a body', "it.todo('adds');", []],
    ['none that is made up as the program runs', 'it(`adds ${one}`, () => {});', []],
  ])('finds in JavaScript %s', (_, text, names) => {
    expect(definedNames('test/x.test.js', text, KNOWN)).toEqual(names);
  });

  it.each<[string, string, readonly string[]]>([
    ['a function', 'func TestOne(t *testing.T) {}', ['TestOne']],
    ['a method of a suite', 'func (s *Suite) TestOne() {}', ['TestOne']],
    ['a subtest', 'func TestTwo(t *testing.T) { t.Run("adds", func(t *testing.T) {}) }', ['adds']],
  ])('finds in Go %s', (_, text, names) => {
    expect(definedNames('x_test.go', `package x\n\n${text}\n`, KNOWN)).toEqual(names);
  });

  it('finds nothing in a language that is not known', () => {
    expect(definedNames('test/x_test.rb', 'def test_one; end\n', KNOWN)).toEqual([]);
  });
});
