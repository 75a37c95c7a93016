import { expect, it } from 'vitest';

import { foreignLoads } from '../../../../src/domain/script/script-loads.ts';
import { go } from '../../../../src/policy/embedded/languages/go/go.ts';
import { javascript } from '../../../../src/policy/embedded/languages/javascript/javascript.ts';
import { python } from '../../../../src/policy/embedded/languages/python/python.ts';
import { readShell } from '../../../../src/syntax/shell-script.ts';

it.each([
  { language: python, runner: { name: 'unittest' }, testFiles: ['tests/test_one.py'] },
  { language: python, runner: { name: 'pytest' }, testFiles: ['tests/test_one.py'] },
  { language: javascript, runner: { name: 'mocha' }, testFiles: ['test/one.js'] },
  { language: javascript, runner: { name: 'vitest' }, testFiles: ['test/one.test.ts'] },
  { language: javascript, runner: { name: 'tape' }, testFiles: ['test/one.js'] },
  { language: javascript, runner: { name: 'node:test' }, testFiles: ['test/one.js'] },
  { language: go, runner: { name: 'go test' }, testFiles: ['one_test.go'] },
])('a script for $runner.name loads nothing that test-script would look for', ({ language, ...suite }) => {
  expect(foreignLoads(readShell(language.testScript({ ...suite, excluded: [] })))).toEqual([]);
});
