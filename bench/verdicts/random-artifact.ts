import type { BugArtifact } from '../../src/domain/artifact/bug-artifact.ts';
import { judgeArtifact } from '../../src/domain/checks/consistency.ts';
import { startedInOriginal } from '../../src/domain/report/started-tests.ts';
import { DEFAULT_VALIDATION } from '../../test/support/defaults.ts';
import type { ValidationFacts } from '../../src/domain/checks/validation-facts.ts';
import type { TestRun } from '../../src/domain/report/test-run.ts';
import { reported, runOf, STEADY_TESTS, type RandomBug } from './random-bug.ts';

export interface Rules {
  readonly profile: 'strict' | 'paper';
  readonly buggyRuns: number;
  /** Whether a comment is appended to the bug's files and the tests run once more. */
  readonly neutralEdit: boolean;
}

/**
 * Whether the checks refuse an artifact of which everything is in order but for the chance in it.
 *
 * The runs are made up, the judgement is the project's own. Fewer runs than the profile asks for leave it without a
 * verdict; what counts here is that nothing refuses.
 */
export function isAccepted(bug: RandomBug, { profile, buggyRuns, neutralEdit }: Rules): boolean {
  const runs = Array.from({ length: buggyRuns }, (_, repeat) =>
    runOf(bug, { run: repeat, repeat, content: 'bug', day: 0 }),
  );
  const commented = neutralEdit
    ? runOf(bug, { run: buggyRuns, repeat: 0, content: 'bug and a comment', day: 0 })
    : undefined;
  const { verdict } = judgeArtifact(factsOf(bug, runs, commented), { ...DEFAULT_VALIDATION, profile });
  return verdict?.consistent !== false;
}

function factsOf({ tests }: RandomBug, buggyRuns: readonly TestRun[], commented: TestRun | undefined): ValidationFacts {
  const clean = reported([], tests);
  const full = { valid: true, report: { passed: [...STEADY_TESTS, ...tests].sort(), failed: [] } } as const;
  const log = [...STEADY_TESTS, ...tests].map((test) => `${test} PASSED`).join('\n');
  const experiments = ['repeated', 'empty', 'truncated', 'shuffled', 'doubled'] as const;
  const none = { valid: true, report: { passed: [], failed: [] } } as const;
  const failing = buggyRuns[0]?.reading.valid === true ? buggyRuns[0].reading.report.failed : [];
  return {
    artifact: {
      wellFormed: true,
      artifact: artifactOf(tests),
      bugApplies: { applied: true },
      weakeningApplies: { applied: true },
    },
    original: {
      tree: { files: ['tests/t.py', 'pkg/code.py'], symbolicLinks: [], submodules: [] },
      testFileTexts: { 'tests/t.py': 'def test_0(): pass\n' },
      bugFileTexts: { 'pkg/code.py': 'old\n' },
      runs: [clean, clean],
      changedByScript: [],
      parser: [
        ...experiments.map((experiment) => ({ experiment, reading: experiment === 'empty' ? none : full })),
        ...startedInOriginal(log, full.report).map(
          ({ test }) => ({ experiment: 'truncated', started: test, reading: none }) as const,
        ),
      ],
      log,
    },
    buggy: {
      runs: buggyRuns,
      conflicting: [{ experiment: 'conflicting', reading: reported(failing, tests).reading, contested: failing }],
      truncated: [{ experiment: 'truncated', reading: reported(failing, tests).reading }],
    },
    // The weakening takes the assertions out of every test of the bug, so that chance has no say in this run.
    weakened: { run: reported([], tests), hints: { files: [] } },
    ...(commented && { neutral: { commented: ['pkg/code.py'], notDone: [], run: commented } }),
    inverse: { reversions: [{ path: 'pkg/code.py', run: clean }] },
  };
}

function artifactOf(tests: readonly string[]): BugArtifact {
  const removed = tests.map(() => '-    assert code()');
  return {
    testScript: 'python -m pytest -v tests\n',
    testFiles: ['tests/t.py'],
    testParser: 'import sys\n',
    bugInject: `${header('pkg/code.py')}@@ -1 +1 @@\n-old\n+new\n`,
    testWeaken: `${header('tests/t.py')}@@ -1,${removed.length + 1} +1 @@\n def test_0(): pass\n${removed.join('\n')}\n`,
  };
}

function header(path: string): string {
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
}
