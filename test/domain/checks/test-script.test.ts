import { describe, expect, it } from 'vitest';
import { cleanState } from '../../../src/domain/checks/clean-state.ts';
import { testScriptFinding, type TestScriptQuestion } from '../../../src/domain/checks/test-script.ts';
import { readDiff } from '../../../src/domain/diff/unified-diff.ts';
import { readShell } from '../../../src/syntax/shell-script.ts';
import type { OriginalFacts } from '../../../src/domain/checks/validation-facts.ts';
import { DEFAULT_VALIDATION } from '../../support/defaults.ts';
import { aChange, anArtifact, aRun, aTimedOutRun, originalFacts, TESTS } from './facts.ts';

function findingOf({
  original = originalFacts(),
  testScript = 'pytest -v tests\n',
  bug = aChange('pkg/one.py'),
  profile = 'strict',
  later = {},
}: {
  original?: OriginalFacts;
  testScript?: string;
  bug?: string;
  profile?: 'strict' | 'paper';
  later?: Pick<TestScriptQuestion, 'buggy' | 'weakened'>;
}) {
  const reading = readDiff(bug);
  return testScriptFinding({
    artifact: anArtifact({ testScript, bugInject: bug }),
    bug: reading.readable ? reading.files : [],
    original: { ...original, script: readShell(testScript) },
    clean: cleanState(original, ['pkg/one.py'], profile),
    config: { ...DEFAULT_VALIDATION, profile },
    ...later,
  });
}

describe('in both profiles', () => {
  it.each(['strict', 'paper'] as const)('passes when more than 5 tests pass (%s)', (profile) => {
    const six = aRun(TESTS.slice(0, 6));
    expect(findingOf({ original: originalFacts({ runs: [six, six] }), profile })?.passed).toBe(true);
  });

  it.each(['strict', 'paper'] as const)('fails when 5 tests pass (%s)', (profile) => {
    const five = aRun(TESTS.slice(0, 5));
    expect(findingOf({ original: originalFacts({ runs: [five, five] }), profile })).toMatchObject({
      passed: false,
      detail: 'on the original tree 5 tests pass, and more than 5 must',
    });
  });

  it.each(['strict', 'paper'] as const)('fails when the script does not end (%s)', (profile) => {
    const original = originalFacts({ runs: [aTimedOutRun(TESTS)] });
    expect(findingOf({ original, profile })?.detail).toBe(
      'on the original tree the script does not end within its limit',
    );
  });
});

describe('in the strict profile only', () => {
  const reads = aChange('pkg/one.py', 'old', 'if os.environ.get("MODE"): return 0');

  it.each<[string, Parameters<typeof findingOf>[0], string]>([
    [
      'a test fails on the original',
      {
        original: originalFacts({
          runs: [aRun(TESTS.slice(1), TESTS.slice(0, 1)), aRun(TESTS.slice(1), TESTS.slice(0, 1))],
        }),
      },
      'on the original tree tests fail: tests/test_pkg.py::test_a',
    ],
    [
      'the script changes a file',
      { original: originalFacts({ changedByScript: ['pkg/one.py'] }) },
      'the script changes files of the tree: pkg/one.py',
    ],
    [
      'the script makes more files than can be listed',
      { original: originalFacts({ treeProblem: 'the tree has too many files' }) },
      'what the script changes cannot be seen: the tree has too many files',
    ],
    [
      'the script names a file of the bug',
      { testScript: 'cat one.py; pytest -v' },
      'test_script.sh names files of the bug: pkg/one.py',
    ],
    [
      'the script sets what the bug reads',
      { testScript: 'export MODE=1; pytest -v', bug: reads },
      'test_script.sh sets what the bug reads: MODE',
    ],
  ])('fails when %s', (_, question, detail) => {
    expect(findingOf(question)).toMatchObject({ passed: false, detail });
    expect(findingOf({ ...question, profile: 'paper' })?.passed).toBe(true);
  });

  it('forgives a failing test that is in quarantine', () => {
    const flaky = TESTS.slice(0, 1);
    const original = originalFacts({ runs: [aRun(TESTS.slice(1), flaky), aRun(TESTS)] });
    expect(findingOf({ original })).toMatchObject({ passed: true, figures: { quarantined: flaky } });
  });

  it('waits for the second run', () => {
    const original = originalFacts({ runs: [aRun(TESTS)] });
    expect(findingOf({ original })).toBeUndefined();
    expect(findingOf({ original, profile: 'paper' })?.passed).toBe(true);
  });
});

it('waits for the first run', () => {
  expect(findingOf({ original: originalFacts({ runs: [] }) })).toBeUndefined();
});

describe('what later states show of the script', () => {
  const changedByScript = ['tests/data.txt'];

  it.each<[string, Pick<TestScriptQuestion, 'buggy' | 'weakened'>]>([
    ['the buggy state', { buggy: { runs: [], conflicting: [], changedByScript } }],
    ['the weakened state', { weakened: { run: aRun(TESTS), changedByScript } }],
  ])('fails a script that changes files of %s alone', (_, later) => {
    expect(findingOf({ later })).toMatchObject({ passed: false, figures: { changed: changedByScript } });
  });
});

it('fails a script that gives go programs of its own', () => {
  expect(findingOf({ testScript: 'go test -exec /tmp/x ./...\n' })?.detail).toContain('-exec');
});

it('keeps as a figure what of the variations a script undoes', () => {
  expect(findingOf({ testScript: 'export TZ=UTC PYTHONHASHSEED=0\npytest -v tests\n' })).toMatchObject({
    passed: true,
    figures: { fixes: ['PYTHONHASHSEED', 'TZ'] },
  });
});
