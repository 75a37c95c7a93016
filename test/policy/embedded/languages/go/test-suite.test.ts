import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { go } from '../../../../../src/policy/embedded/languages/go/go.ts';
import { parseLog } from '../../artifact-runs.ts';

const RUNNER = { name: 'go test' };
const PACKAGE = 'github.com/google/uuid';

const event = (fields: Readonly<Record<string, string | number>>) =>
  JSON.stringify({ Time: '2026-11-21T06:37:07.9Z', ...fields });
const result = (action: string, test: string) => event({ Action: action, Package: PACKAGE, Test: test, Elapsed: 0 });
const output = (test: string, text: string) =>
  event({ Action: 'output', Package: PACKAGE, Test: test, Output: `${text}\n` });

function parsed(lines: readonly string[]) {
  const scratch = mkdtempSync(join(tmpdir(), 'go-parser-'));
  try {
    const artifact = { 'test_parser.py': go.testParser(RUNNER) };
    return parseLog({ tree: scratch, scratch }, artifact, lines.join('\n'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

describe('test script', () => {
  it('runs each package of the test files once', () => {
    const testFiles = ['uuid_test.go', 'json_test.go', 'match/row_test.go'];
    const script = go.testScript({ runner: RUNNER, testFiles, excluded: [] });
    expect(script).toMatch(/^exec go test -json -count=1 .* '\.' '\.\/match' < \/dev\/null 2>&1$/m);
  });

  it('leaves out tests by name', () => {
    const excluded = [`${PACKAGE}.TestA`, `${PACKAGE}/x.TestB`];
    const script = go.testScript({ runner: RUNNER, testFiles: ['a_test.go'], excluded });
    expect(script).toContain("-skip='^(TestA|TestB)$'");
  });
});

describe('test parser', () => {
  const log = [
    event({ Action: 'start', Package: PACKAGE }),
    event({ Action: 'run', Package: PACKAGE, Test: 'TestA' }),
    output('TestA', '--- PASS: TestA (0.00s)'),
    result('pass', 'TestA'),
    result('pass', 'TestB/one'),
    result('fail', 'TestB/two'),
    result('fail', 'TestB'),
    result('skip', 'TestC'),
    event({ Action: 'fail', Package: PACKAGE, Elapsed: 0.01 }),
  ];

  it('reports top-level tests, skipped ones aside', () => {
    expect(parsed(log)).toEqual({ passed: [`${PACKAGE}.TestA`], failed: [`${PACKAGE}.TestB`] });
  });

  it('takes each line for itself, and a failure for the truth', () => {
    const doubled = [...log, ...log].reverse();
    expect(parsed(doubled)).toEqual(parsed(log));
    expect(parsed([...log, result('pass', 'TestB')])).toEqual(parsed(log));
    expect(parsed([result('pass', 'TestB'), ...log])).toEqual(parsed(log));
    expect(parsed([])).toEqual({ passed: [], failed: [] });
  });

  it('reports nothing of a package that does not build', () => {
    const lines = [
      `{"ImportPath":"${PACKAGE}","Action":"build-output","Output":"./uuid.go:7:2: declared and not used: x\\n"}`,
      `{"ImportPath":"${PACKAGE}","Action":"build-fail"}`,
      `FAIL\t${PACKAGE} [build failed]`,
      event({ Action: 'fail', Package: PACKAGE, Elapsed: 0, FailedBuild: PACKAGE }),
    ];
    expect(parsed(lines)).toEqual({ passed: [], failed: [] });
  });

  it('reports the test that panicked, and none that had still to come', () => {
    const lines = [log[3] ?? '', output('TestD', 'panic: index out of range [1]'), result('fail', 'TestD')];
    expect(parsed(lines)).toEqual({ passed: [`${PACKAGE}.TestA`], failed: [`${PACKAGE}.TestD`] });
  });

  it('believes no result that code prints, and stands what is no event', () => {
    const forged = result('pass', 'TestForged');
    const lines = [
      output('TestA', forged),
      `  ${forged}`,
      '{"Action":"pass"',
      '{}',
      '{"Action":"pass","Test":3}',
      ...log,
    ];
    expect(parsed(lines)).toEqual(parsed(log));
  });
});
