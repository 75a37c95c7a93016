import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import type { Survey } from '../../../../../src/policy/embedded/languages/language.ts';
import { javascript } from '../../../../../src/policy/embedded/languages/javascript/javascript.ts';
import { aJavaScriptTree, aTreeFor, TRIED_RUNNERS, type JavaScriptTree } from './javascript-tree.ts';

const PATIENCE = 30_000;

function surveyOf(tree: JavaScriptTree): Survey {
  const survey = javascript.readSurvey(tree.run(javascript.surveyCommand));
  if (survey === undefined) throw new Error('no survey');
  return survey;
}

function relation(survey: Survey, test: string, library: string) {
  const testFile = survey.testFiles.find(({ path }) => path === test);
  const libraryFile = survey.libraryFiles.find(({ path }) => path === library);
  if (testFile === undefined || libraryFile === undefined)
    throw new Error(`${test} or ${library} is not in the survey`);
  return javascript.relationOf(testFile, libraryFile);
}

it.each(TRIED_RUNNERS)('tells the tests of %s', { timeout: PATIENCE }, (runner) => {
  using tree = aTreeFor(runner);
  const survey = surveyOf(tree);
  expect(survey.testFiles).toMatchObject([{ path: 'test/ranges.test.js', framework: runner }]);
  expect(survey.testFiles[0]?.tests).toBeGreaterThan(10);
  expect(survey.libraryFiles).toMatchObject([{ path: 'ranges.js', lines: 19 }]);
  expect(javascript.runnersFor(survey, survey.testFiles)).toEqual([{ name: runner }]);
  expect(javascript.frameworkFor(survey, ['test/ranges.test.js'])).toBe(runner);
});

it('follows imports through the package, folders and extensions', { timeout: PATIENCE }, () => {
  using tree = aJavaScriptTree({
    'package.json': JSON.stringify({ name: '@x/made', exports: { '.': { import: './src/index.js' } } }),
    'src/index.ts': "export * from './parse.js';\n",
    'src/parse.ts': "import { deep } from './deep';\nexport const parse = deep;\n",
    'src/deep/index.ts': 'export const deep = 1;\n',
    'src/alone.ts': 'export const alone = 1;\n',
    'test/by-name.test.ts':
      "import { test } from 'node:test';\nimport { parse } from '@x/made';\ntest('x', () => {});\n",
    'test/parse.test.ts':
      "import { test } from 'node:test';\nimport { parse } from '../src/parse.js';\ntest('x', () => {});\n",
    'test/cases.ts': 'export const cases = [];\n',
    'test/alone.js': "require('tape')('x', (t) => t.end());\nrequire('./cases');\n",
  });
  const survey = surveyOf(tree);
  expect(relation(survey, 'test/by-name.test.ts', 'src/index.ts').imported).toBe(true);
  expect(relation(survey, 'test/by-name.test.ts', 'src/deep/index.ts').packageImported).toBe(true);
  expect(relation(survey, 'test/parse.test.ts', 'src/parse.ts')).toEqual({
    imported: true,
    packageImported: false,
    named: true,
  });
  expect(relation(survey, 'test/parse.test.ts', 'src/alone.ts')).toEqual({
    imported: false,
    packageImported: false,
    named: false,
  });
  expect(survey.testFiles.find(({ path }) => path === 'test/alone.js')?.helpers).toEqual(['test/cases.ts']);
  expect(survey.testFiles.find(({ path }) => path === 'test/cases.ts')?.tests).toBe(0);
});

it('leaves hostile, generated and steering files alone', { timeout: PATIENCE }, () => {
  using tree = aJavaScriptTree({
    'package.json': '{ "name": 3, "main": [], "exports": null }',
    'big.js': `var x = 1;\n${'// long\n'.repeat(20_000)}`,
    'windows.js': 'var x = 1;\r\n',
    'dist/made.js': 'var x = 1;\n',
    'made.min.js': 'var x = 1;\n',
    'types.d.ts': 'export declare const x: number;\n',
    'vitest.config.ts': 'export default {};\n',
    'setup-tests.js': 'var x = 1;\n',
    'with space.js': 'var x = 1;\n',
    'good.js': "require('..'); require('../../outside'); require('./with space');\n",
  });
  symlinkSync('/etc/passwd', join(tree.tree, 'link.js'));
  tree.git('add', '--all');
  expect(surveyOf(tree).libraryFiles.map(({ path }) => path)).toEqual(['good.js']);
});

it('gives no runner for tests of one that it does not know', { timeout: PATIENCE }, () => {
  using tree = aJavaScriptTree({ 'test/a.js': "const test = require('ava');\ntest('x', (t) => t.pass());\n" });
  const survey = surveyOf(tree);
  expect(survey.testFiles).toMatchObject([{ tests: 0, framework: '' }]);
  expect(javascript.runnersFor(survey, survey.testFiles)).toEqual([]);
});

it.each(['', 'no JSON', '{"tests": 1}'])('reads nothing from %j', (output) => {
  expect(javascript.readSurvey(output)).toBeUndefined();
});
