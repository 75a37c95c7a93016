import { describe, expect, it } from 'vitest';

import { diagnoseCommand, readDiagnosis } from '../../../../../src/policy/embedded/languages/javascript/diagnose.ts';
import { aTreeFor, TRIED_RUNNERS, type JavaScriptTree, type TriedRunner } from './javascript-tree.ts';

/** A runner starts in a second or two; on a loaded machine that takes a while. */
const PATIENCE = 60_000;
const FILE = 'test/ranges.test.js';

function diagnose(tree: JavaScriptTree, framework: TriedRunner, observed: boolean, limitSeconds = 30) {
  const run = { testFiles: [FILE], framework, specifiedTests: ['is 1 wide'], observed, limitSeconds };
  return readDiagnosis(tree.run(diagnoseCommand(run)));
}

describe.each(TRIED_RUNNERS)('the diagnosis of %s', (runner) => {
  it(
    'tells which lines of the library failing and passing tests came by, and where it broke',
    () => {
      using tree = aTreeFor(runner);
      tree.write(
        'ranges.js',
        tree.read('ranges.js').replace('  return size + 1;', '  return low === 3 ? missing() : size + 1;'),
      );
      const diagnosis = diagnose(tree, runner, true);
      const failing = Object.entries(diagnosis?.outcomes ?? {}).filter(([, outcome]) => outcome === 'failed');
      expect(failing).toEqual([[`${FILE}::suite › is 1 wide`, 'failed']]);
      expect(diagnosis?.failures).toMatchObject([
        {
          testId: `${FILE}::suite › is 1 wide`,
          error: 'ReferenceError',
          message: 'missing is not defined',
          frames: [{ path: 'ranges.js', line: 15, name: 'width' }],
        },
      ]);
      expect(
        diagnosis?.called.map(({ path, name, byFailing, byPassing }) => [path, name, byFailing, byPassing]),
      ).toEqual([['ranges.js', 'width', 1, 3]]);
      expect(diagnosis?.executedLines.map(({ line }) => line)).toEqual(expect.arrayContaining([14, 15]));
      expect(diagnosis?.executedLines.map(({ line }) => line)).not.toContain(4);
    },
    PATIENCE,
  );

  it(
    'tells lines within a function apart',
    () => {
      using tree = aTreeFor(runner);
      tree.write('ranges.js', tree.read('ranges.js').replace('return high;', 'return low;'));
      const { executedLines = [] } = diagnose(tree, runner, true) ?? {};
      const at = (line: number) => executedLines.find((each) => each.line === line);
      expect(at(8)).toMatchObject({ byFailing: 1, byPassing: 0 });
      expect(at(4)).toMatchObject({ byFailing: 1, byPassing: 5 });
      expect(at(5)).toBeUndefined();
    },
    PATIENCE,
  );

  it(
    'runs again without observation',
    () => {
      using tree = aTreeFor(runner);
      diagnose(tree, runner, true);
      const again = diagnose(tree, runner, false);
      expect(Object.values(again?.outcomes ?? {}).filter((outcome) => outcome === 'passed').length).toBeGreaterThan(10);
      expect(again?.called).toEqual([]);
    },
    PATIENCE,
  );
});

it('gives up on tests that run in circles', { timeout: PATIENCE }, () => {
  using tree = aTreeFor('tape');
  tree.write('ranges.js', 'for (;;);\n');
  expect(diagnose(tree, 'tape', true, 1)).toBeUndefined();
});

it('says of a file that does not load that it failed', { timeout: PATIENCE }, () => {
  using tree = aTreeFor('mocha');
  tree.write('ranges.js', 'missing();\n');
  expect(diagnose(tree, 'mocha', true)).toMatchObject({
    outcomes: { [FILE]: 'failed' },
    failures: [{ testId: FILE, error: 'ReferenceError', frames: [{ path: 'ranges.js', line: 1 }] }],
  });
});

it.each(['', 'no JSON', '{"seconds": "1"}'])('reads nothing from %j', (output) => {
  expect(readDiagnosis(output)).toBeUndefined();
});
