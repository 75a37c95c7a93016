import { describe, expect, it } from 'vitest';

import { go } from '../../../../../src/policy/embedded/languages/go/go.ts';

const TESTS = [
  'package uuid',
  '',
  'import (',
  '\t"bytes"',
  '\t"testing"',
  ')',
  '',
  'func TestParse(t *testing.T) {',
  '\tt.Run("empty", func(t *testing.T) {})',
  '}',
  '',
  '// TestBytes compares.',
  '// In two lines.',
  'func TestBytes(t *testing.T) {',
  '\tif !bytes.Equal(nil, nil) {',
  '\t\tt.Error("bytes.Equal")',
  '\t}',
  '}',
  '',
].join('\n');

const remove = (path: string, id: string) => go.removeTests({ [path]: TESTS }, [id])?.[path];

describe('removing tests', () => {
  it('takes out a test with its subtests', () => {
    const expected = TESTS.replace(/\nfunc TestParse[\s\S]*?\n}\n/, '');
    expect(remove('uuid_test.go', 'github.com/google/uuid.TestParse')).toBe(expected);
  });

  it('takes out the comment above and the import that nothing else uses', () => {
    const text = remove('uuid_test.go', 'github.com/google/uuid.TestBytes') ?? '';
    expect(text).toBe(TESTS.replace(/\n\/\/ TestBytes[\s\S]*$/, '').replace('\t"bytes"\n', ''));
  });

  it('takes out an import declaration of its own', () => {
    const text = 'package p\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n';
    expect(go.removeTests({ 'p_test.go': text }, ['m.TestA'])?.['p_test.go']).not.toContain('import');
  });

  it('tells packages apart by their folders', () => {
    const texts = { 'a/x_test.go': TESTS, 'b/x_test.go': TESTS };
    expect(Object.keys(go.removeTests(texts, ['m/b.TestParse']) ?? {})).toEqual(['b/x_test.go']);
  });

  it.each(['github.com/google/uuid.TestOther', 'github.com/google/uuid.parse'])('gives nothing for %s', (id) => {
    expect(remove('uuid_test.go', id)).toBeUndefined();
  });

  it('finds the tests that lines define', () => {
    const lines = [
      'func TestA(t *testing.T) {',
      'func Testify() {',
      'func TestMain(m *testing.M) {',
      '\tt.Run("x", f)',
    ];
    expect(go.testsDefinedIn([...lines, 'func ExampleA() {', 'func FuzzA(f *testing.F) {'])).toEqual([
      'TestA',
      'ExampleA',
      'FuzzA',
    ]);
  });
});
