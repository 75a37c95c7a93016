import { describe, expect, it } from 'vitest';

import { testNameOf } from '../../../../../src/domain/report/test-definition.ts';
import { testParser, testScript } from '../../../../../src/policy/embedded/languages/javascript/test-suite.ts';
import { parseLog, runArtifact, type ArtifactRun } from '../../artifact-runs.ts';
import { aJavaScriptTree, aTreeFor, TRIED_RUNNERS, type JavaScriptTree } from './javascript-tree.ts';

/** A runner starts in a second or two; on a loaded machine that takes a while. */
const PATIENCE = 60_000;
const FILE = 'test/ranges.test.js';

function artifactFor(runner: string, excluded: readonly string[] = []) {
  return {
    'test_script.sh': testScript({ runner: { name: runner }, testFiles: [FILE], excluded }),
    'test_parser.py': testParser(),
  };
}

function runSuite(tree: JavaScriptTree, runner: string, excluded: readonly string[] = []): ArtifactRun {
  return runArtifact(tree, artifactFor(runner, excluded));
}

describe.each(TRIED_RUNNERS)('the script for %s', (runner) => {
  it(
    'reports every test by its file and titles, and nothing that a test prints',
    () => {
      using tree = aTreeFor(runner);
      const { passed, failed } = runSuite(tree, runner);
      expect(failed).toEqual([]);
      expect(passed.filter((id) => id.startsWith(`${FILE}::suite › `)).length).toBe(11);
      expect(passed).toContain(`${FILE}::suite › is > 1 wide`);
      expect(passed.filter((id) => id.includes('forged'))).toEqual([]);
      expect(tree.git('status', '--porcelain', '--untracked-files=no')).toBe('');
    },
    PATIENCE,
  );

  it(
    'fails the tests that a bug breaks, and no others',
    () => {
      using tree = aTreeFor(runner);
      tree.write('ranges.js', tree.read('ranges.js').replace('if (number > high)', 'if (number < high)'));
      expect(runSuite(tree, runner).failed).toEqual([
        `${FILE}::suite › above`,
        `${FILE}::suite › at the low end`,
        `${FILE}::suite › inside`,
      ]);
    },
    PATIENCE,
  );

  it(
    'fails a test that throws, and goes on with the others',
    () => {
      using tree = aTreeFor(runner);
      tree.write('ranges.js', tree.read('ranges.js').replace('var size', 'if (low === 3) missing();\n  var size'));
      const { passed, failed } = runSuite(tree, runner);
      expect(failed).toEqual([`${FILE}::suite › is 1 wide`]);
      expect(passed).toContain(`${FILE}::suite › far apart`);
    },
    PATIENCE,
  );

  it(
    'leaves excluded tests out',
    () => {
      using tree = aTreeFor(runner);
      const { passed } = runSuite(tree, runner, [`${FILE}::suite › below`]);
      expect(passed).not.toContain(`${FILE}::suite › below`);
      expect(passed).toContain(`${FILE}::suite › above`);
    },
    PATIENCE,
  );

  it(
    'reports nothing but a failure of its own where the file cannot be loaded',
    () => {
      using tree = aTreeFor(runner);
      tree.write('ranges.js', 'throw new Error("broken");\n');
      expect(runSuite(tree, runner)).toMatchObject({ passed: [], failed: [] });
    },
    PATIENCE,
  );
});

it('numbers tests of one name in the order of the run', { timeout: PATIENCE }, () => {
  const lines = [
    "const { test } = require('node:test');",
    "test('same', () => {});",
    "test('same', () => { throw 1; });",
  ];
  using tree = aJavaScriptTree({ [FILE]: `${lines.join('\n')}\n` });
  expect(runSuite(tree, 'node:test')).toMatchObject({ passed: [`${FILE}::same`], failed: [`${FILE}::same (2)`] });
});

it('runs TypeScript with the loader that the environment holds', { timeout: PATIENCE }, () => {
  using tree = aJavaScriptTree({
    'src/width.ts': 'export const width = (low: number, high: number): number => high - low;\n',
    'test/width.test.ts': [
      "import { test } from 'node:test';",
      "import assert from 'node:assert';",
      "import { width } from '../src/width.ts';",
      "test('is wide', () => { assert.strictEqual(width(1, 3), 2 as number); });",
      "test('is not', () => { assert.strictEqual(width(1, 3), 3 as number); });\n",
    ].join('\n'),
  });
  const script = testScript({ runner: { name: 'node:test' }, testFiles: ['test/width.test.ts'], excluded: [] });
  const run = runArtifact(tree, { 'test_script.sh': script, 'test_parser.py': testParser() });
  expect(run).toMatchObject({ passed: ['test/width.test.ts::is wide'], failed: ['test/width.test.ts::is not'] });
});

it("reads jest's results", { timeout: PATIENCE }, () => {
  const results = {
    testResults: [
      {
        testResults: [
          { ancestorTitles: ['suite'], title: 'holds', status: 'passed', failureMessages: [] },
          { ancestorTitles: ['suite'], title: 'fails', status: 'failed', failureMessages: ['Error: no\n    at x'] },
          { ancestorTitles: [], title: 'later', status: 'todo', failureMessages: [] },
        ],
      },
    ],
  };
  using tree = aJavaScriptTree({
    [FILE]: '',
    'test/node_modules/jest/index.js': `exports.runCLI = async () => (${JSON.stringify({ results })});\n`,
  });
  expect(runSuite(tree, 'jest')).toMatchObject({
    passed: [`${FILE}::suite › holds`],
    failed: [`${FILE}::suite › fails`],
  });
});

describe('the parser', () => {
  const LOG = [
    'a.test.js::x › y ... ok',
    '    | Error: a.test.js::x › quoted ... ok',
    'a.test.js::x › z ... FAIL',
    'a.test.js::says ... ok ... ok',
    'b/c.spec.tsx::x (2) ... ok',
    '',
  ].join('\n');

  it('takes each line for itself', () => {
    using tree = aJavaScriptTree({ 'a.js': '' });
    const parsed = (log: string) => parseLog(tree, artifactFor('tape'), log);
    const passed = ['a.test.js::says ... ok', 'a.test.js::x › y', 'b/c.spec.tsx::x (2)'];
    expect(parsed(LOG)).toEqual({ passed, failed: ['a.test.js::x › z'] });
    expect(parsed('')).toEqual({ passed: [], failed: [] });
    expect(parsed(LOG + LOG.split('\n').reverse().join('\n'))).toEqual({ passed, failed: ['a.test.js::x › z'] });
    expect(parsed(LOG.replace('› z ... FAIL', '› y ... FAIL') + LOG).failed).toContain('a.test.js::x › y');
    for (const id of passed) expect(LOG).toContain(testNameOf(id));
  });
});
