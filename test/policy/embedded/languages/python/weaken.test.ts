import { describe, expect, it } from 'vitest';

import { removeTests } from '../../../../../src/policy/embedded/languages/python/weaken.ts';

const FUNCTIONS = 'import m\n\n\ndef test_a():\n    assert m.a\n\n\n@slow\ndef test_b():\n    assert m.b\n';
const MIXIN = 'class Mixin:\n    limit = 1\n\n    def test_a(self):\n        """Docs."""\n        assert 1\n';
const CLASSES = [
  'from . import Mixin',
  '',
  '',
  'class OneTest(Mixin):',
  '    def test_only(self):',
  '        assert 1',
  '',
  '',
  'class TwoTest(Mixin):',
  '    def test_b(self):',
  '        assert 2',
  '',
  '    def test_c(self):',
  '        assert 3',
  '',
].join('\n');

describe('removing tests', () => {
  it.each([
    ['tests/test_f.py::test_b', FUNCTIONS.replace('\n\n\n@slow\ndef test_b():\n    assert m.b', '')],
    ['tests/test_f.py::test_b[1-x]', FUNCTIONS.replace('\n\n\n@slow\ndef test_b():\n    assert m.b', '')],
  ])('takes out a function with its decorators: %s', (id, expected) => {
    expect(removeTests({ 'tests/test_f.py': FUNCTIONS }, [id])).toEqual({ 'tests/test_f.py': expected });
  });

  it('takes out a method by the id of either runner', () => {
    const texts = { 'tests/test_c.py': CLASSES };
    const expected = { 'tests/test_c.py': CLASSES.replace('\n    def test_c(self):\n        assert 3\n', '') };
    expect(removeTests(texts, ['tests.test_c.TwoTest.test_c'])).toEqual(expected);
    expect(removeTests(texts, ['tests/test_c.py::TwoTest::test_c'])).toEqual(expected);
  });

  it('leaves pass in a class that would be empty', () => {
    const { 'tests/test_c.py': text } =
      removeTests({ 'tests/test_c.py': CLASSES }, ['tests.test_c.OneTest.test_only']) ?? {};
    expect(text).toContain('class OneTest(Mixin):\n    pass\n\n\nclass TwoTest');
  });

  it('takes out an inherited test where it is written', () => {
    const texts = { 'tests/test_c.py': CLASSES, 'tests/__init__.py': MIXIN };
    const removed = removeTests(texts, ['tests.test_c.OneTest.test_a', 'tests.test_c.TwoTest.test_a']);
    expect(removed).toEqual({ 'tests/__init__.py': 'class Mixin:\n    limit = 1\n' });
  });

  it('takes out several at once', () => {
    const texts = { 'tests/test_c.py': CLASSES };
    const ids = ['tests.test_c.TwoTest.test_b', 'tests.test_c.TwoTest.test_c'];
    expect(removeTests(texts, ids)?.['tests/test_c.py']).toContain('class TwoTest(Mixin):\n    pass\n');
  });

  it.each(['tests/test_f.py::test_z', 'tests/other.py::test_a', 'setUpModule'])('gives nothing for %s', (id) => {
    expect(removeTests({ 'tests/test_f.py': FUNCTIONS }, [id])).toBeUndefined();
  });
});
