import { describe, expect, it } from 'vitest';

import { testRunnerHints } from '../../../src/domain/subject/test-runner-hints.ts';

const PROGRAMS = ['python3', 'pytest', 'node', 'mocha', 'vitest', 'tape', 'go', 'make', 'cargo'];

function runners(paths: readonly string[], manifests: Readonly<Record<string, string>> = {}, programs = PROGRAMS) {
  const files = paths.map((path) => ({ path, bytes: 1 }));
  return testRunnerHints({ files, manifests, programs }).map(
    ({ runner, from, inPlace }) => `${runner} (${from})${inPlace ? '' : ' missing'}`,
  );
}

describe('hints at test runners', () => {
  it('come from a manifest that names pytest', () => {
    expect(runners(['tests/test_a.py'], { 'pyproject.toml': '[tool.pytest.ini_options]' })).toEqual([
      'pytest (pyproject.toml)',
      'unittest (Python test files)',
    ]);
  });

  it('come from a conftest, and say when pytest is not there', () => {
    expect(runners(['tests/test_a.py', 'tests/conftest.py'], {}, ['python3'])).toEqual([
      'pytest (tests/conftest.py) missing',
      'unittest (Python test files)',
    ]);
  });

  it('leave pytest out where nothing names it', () => {
    expect(runners(['a/tests.py'], {}, ['python3'])).toEqual(['unittest (Python test files)']);
  });

  it.each([
    ['{"scripts": {"test": "mocha test.js"}}', ['mocha (package.json)']],
    ['{"devDependencies": {"vitest": "^2"}}', ['vitest (package.json)']],
    ['{"scripts": {"test": "node --import tsx --test test/"}}', ['node --test (package.json)']],
    ['{"devDependencies": {"jest": "^29"}}', ['jest (package.json) missing']],
    ['{"dependencies": {"mocha-lcov-reporter": "1"}}', []],
  ])('of %s are %j', (manifest, expected) => {
    expect(runners(['index.js'], { 'package.json': manifest })).toEqual(expected);
  });

  it('come from Go test files, Cargo.toml and a test target of make', () => {
    expect(runners(['a_test.go', 'Cargo.toml', 'Makefile'], { Makefile: 'all: x\ntest: all\n\tgo test\n' })).toEqual([
      'go test (Go test files)',
      'cargo test (Cargo.toml)',
      'make test (Makefile)',
    ]);
  });
});
