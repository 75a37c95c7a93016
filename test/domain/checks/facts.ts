import type { BugArtifact } from '../../../src/domain/artifact/bug-artifact.ts';
import type { TestReport } from '../../../src/domain/report/test-report.ts';
import type {
  AlteredFacts,
  OriginalFacts,
  OriginalTree,
  SabotageFacts,
  ValidationFacts,
} from '../../../src/domain/checks/validation-facts.ts';
import type { ParserExperiment, TestRun } from '../../../src/domain/report/test-run.ts';

/** A git diff that replaces one line of a file. */
export function aChange(path: string, removed = 'old', added = 'new'): string {
  return [
    `diff --git a/${path} b/${path}`,
    'index 1111111..2222222 100644',
    `--- a/${path}`,
    `+++ b/${path}`,
    '@@ -1 +1 @@',
    `-${removed}`,
    `+${added}`,
    '',
  ].join('\n');
}

/** A git diff that removes lines from the middle of a file. */
export function aRemoval(path: string, ...removed: readonly string[]): string {
  return [
    `diff --git a/${path} b/${path}`,
    'index 1111111..2222222 100644',
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1,${removed.length + 1} +1 @@`,
    ' import pkg',
    ...removed.map((line) => `-${line}`),
    '',
  ].join('\n');
}

export function aReport(passed: readonly string[], failed: readonly string[] = []): TestReport {
  return { passed: [...passed].sort(), failed: [...failed].sort() };
}

export function aRun(
  passed: readonly string[],
  failed: readonly string[] = [],
  changes: Partial<TestRun> = {},
): TestRun {
  return {
    ending: 'exited',
    exitCode: failed.length > 0 ? 1 : 0,
    durationMs: 1000,
    reading: { valid: true, report: aReport(passed, failed) },
    log: { sha256: '0'.repeat(64), bytes: 0 },
    ...changes,
  };
}

export function anUnreadableRun(problem = 'the parser printed nothing'): TestRun {
  return aRun([], [], { reading: { valid: false, problem } });
}

export function aTimedOutRun(passed: readonly string[] = []): TestRun {
  return aRun(passed, [], { ending: 'timed-out', exitCode: null });
}

const file = 'tests/test_pkg.py';
/** Eight tests that pass on the original tree. */
export const TESTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) => `${file}::test_${letter}`);
/** The two of them that the bug breaks, one for each of its files. */
export const [BROKEN_BY_ONE = '', BROKEN_BY_TWO = '', ...SPARED] = TESTS;

export function anArtifact(changes: Partial<BugArtifact> = {}): BugArtifact {
  return {
    testScript: 'set -e\npython -m pytest -v tests\n',
    testFiles: [file],
    testParser: 'import sys\n',
    bugInject: aChange('pkg/one.py') + aChange('pkg/two.py'),
    testWeaken: aRemoval(file, 'def test_a():', '    assert pkg.one()'),
    ...changes,
  };
}

const aTree: OriginalTree = {
  files: ['pkg/__init__.py', 'pkg/one.py', 'pkg/two.py', 'setup.py', file, 'tests/data.txt', 'checks/all.py'],
  symbolicLinks: ['tests/link.py'],
  submodules: ['third/sub'],
};

export function experiments(passed: readonly string[] = TESTS): readonly ParserExperiment[] {
  const full = { valid: true, report: aReport(passed) } as const;
  return [
    { experiment: 'repeated', reading: full },
    { experiment: 'empty', reading: { valid: true, report: aReport([]) } },
    { experiment: 'truncated', reading: { valid: true, report: aReport(passed.slice(0, 3)) } },
    aCut(TESTS.at(-1) ?? '', passed.slice(0, -1)),
    aCut(TESTS[0] ?? '', []),
    { experiment: 'shuffled', reading: full },
    { experiment: 'doubled', reading: full },
  ];
}

/** What a good parser says about a log that ends where this test has started. */
export function aCut(started: string, passed: readonly string[], failed: readonly string[] = []): ParserExperiment {
  return { experiment: 'truncated', started, reading: { valid: true, report: aReport(passed, failed) } };
}

export function originalFacts(changes: Partial<OriginalFacts> = {}): OriginalFacts {
  return {
    tree: aTree,
    testFileTexts: { [file]: TESTS.map((id) => `def ${id.split('::')[1] ?? ''}(): pass`).join('\n') },
    bugFileTexts: { 'pkg/one.py': 'old\n', 'pkg/two.py': 'old\n' },
    runs: [aRun(TESTS), aRun(TESTS)],
    changedByScript: [],
    parser: experiments(),
    log: TESTS.map((id) => `${id} PASSED`).join('\n'),
    ...changes,
  };
}

export const aBuggyRun = aRun(SPARED, [BROKEN_BY_ONE, BROKEN_BY_TWO]);

/** A conflicting log that a strict parser reads as it must. */
export const aConflict: ParserExperiment = {
  experiment: 'conflicting',
  reading: { valid: true, report: aReport(SPARED, [BROKEN_BY_ONE, BROKEN_BY_TWO]) },
  contested: [BROKEN_BY_ONE, BROKEN_BY_TWO],
};

/** The buggy state's log without its end, read as it must be. */
export const aCutLog: ParserExperiment = {
  experiment: 'truncated',
  reading: { valid: true, report: aReport(SPARED, [BROKEN_BY_ONE]) },
};

/** Everything about an artifact that is consistent in the strict profile. */
export function validationFacts(changes: Partial<ValidationFacts> = {}): ValidationFacts {
  return {
    artifact: {
      wellFormed: true,
      artifact: anArtifact(),
      bugApplies: { applied: true },
      weakeningApplies: { applied: true },
    },
    original: originalFacts(),
    buggy: { runs: [aBuggyRun, aBuggyRun, aBuggyRun, aBuggyRun], conflicting: [aConflict], truncated: [aCutLog] },
    weakened: {
      run: aRun(SPARED, [BROKEN_BY_TWO]),
      hints: { files: [] },
      onOriginal: { run: aRun(TESTS.filter((id) => id !== BROKEN_BY_ONE)), idle: [] },
    },
    neutral: { commented: ['pkg/one.py', 'pkg/two.py'], notDone: [], run: aBuggyRun },
    sabotage: aSabotage(),
    leaks: { found: [], problem: null, run: null },
    inverse: {
      reversions: [
        { path: 'pkg/one.py', run: aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO]) },
        { path: 'pkg/two.py', run: aRun([...SPARED, BROKEN_BY_TWO], [BROKEN_BY_ONE]) },
      ],
    },
    library: { like: [] },
    ...changes,
  };
}

/** Every test of the one test file raises, and all of them fail. */
export function aSabotage(changes: Partial<SabotageFacts> = {}): SabotageFacts {
  const names = TESTS.map((id) => id.split('::')[1] ?? '');
  return {
    files: [{ path: file, tests: names.length, names }],
    notDone: [],
    original: aRun([], TESTS),
    buggy: aRun([], TESTS),
    ...changes,
  };
}

/** Every test of the one test file expects another value, and all of them fail; under the bug as well. */
export function anAlteration(changes: Partial<AlteredFacts> = {}): AlteredFacts {
  const { files, original, buggy } = aSabotage();
  return { seed: 1, files, original, buggy, ...changes };
}
