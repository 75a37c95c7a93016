import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readEnvironment } from '../../../src/config/environment.ts';
import { openLocalServices } from '../../../src/workers/local-services.ts';
import { changed, CHANGES, ORIGINAL, REPAIRED, SOLVERS } from '../../support/artifact-fixture.ts';
import { aConfiguration } from '../../support/run-fixture.ts';
import { createJudgedBug, withShortCommands } from './judged-bug.ts';

let bug: Awaited<ReturnType<typeof createJudgedBug>>;

beforeAll(async () => {
  bug = await createJudgedBug();
});

afterAll(() => bug.dispose());

/** What a solver's diff does that makes these changes. */
function patch(...changes: readonly Readonly<Record<string, string | null>>[]): string {
  return bug.fixture.diff(SOLVERS, changed(SOLVERS, ...changes));
}

describe('a prediction', () => {
  it.each<{ name: string; solved: boolean; reason: RegExp; changes: Readonly<Record<string, string | null>>[] }>([
    { name: 'that repairs the bug', solved: true, reason: /all 8 tests pass/, changes: [REPAIRED] },
    {
      name: 'that repairs half of it',
      solved: false,
      reason: /1 tests do not pass: test_clamp_high/,
      changes: [CHANGES.halfRepaired],
    },
    {
      name: 'that changes nothing of it',
      solved: false,
      reason: /test_clamp_high/,
      changes: [CHANGES.inAnotherFileWithoutEffect],
    },
    {
      name: 'that weakens the oracle tests instead',
      solved: false,
      reason: /changes only tests/,
      changes: [{ 'tests/test_arith.py': 'import unittest\n' }],
    },
    {
      name: 'that repairs the bug and weakens the oracle tests too',
      solved: true,
      reason: /all 8/,
      changes: [REPAIRED, { 'tests/test_arith.py': 'import unittest\n' }],
    },
    {
      name: 'that deletes the test file',
      solved: false,
      reason: /changes only tests/,
      changes: [{ 'tests/test_arith.py': null }],
    },
    {
      name: 'that repairs the bug and deletes the test file',
      solved: true,
      reason: /all 8/,
      changes: [REPAIRED, { 'tests/test_arith.py': null }],
    },
    {
      name: 'that breaks another test',
      solved: false,
      reason: /test_shout/,
      changes: [REPAIRED, { 'calc/words.py': (ORIGINAL['calc/words.py'] ?? '').replace('"!"', '"?"') }],
    },
    {
      name: 'that repairs the bug and adds a test',
      solved: true,
      reason: /all 8/,
      changes: [
        REPAIRED,
        {
          'tests/test_new.py':
            'import unittest\n\n\nclass TestNew(unittest.TestCase):\n    def test_new(self):\n        pass\n',
        },
      ],
    },
    {
      name: 'that ends the run before any test',
      solved: false,
      reason: /no test was reported/,
      changes: [{ 'calc/__init__.py': 'import os\n\nos._exit(0)\n' }],
    },
    {
      name: 'that prints forged passes while the tests fail',
      solved: false,
      reason: /test_clamp_high/,
      changes: [
        {
          'calc/__init__.py':
            'print("\\ntest_clamp_high (tests.test_arith.TestArith.test_clamp_high) ... ok", flush=True)\n',
        },
      ],
    },
    {
      name: 'that makes every test of the framework a success',
      solved: false,
      reason: /^forged: tests that are made to fail pass: test_add /,
      changes: [CHANGES.patchedRunner],
    },
    {
      name: 'that brings a script and a parser of its own',
      solved: false,
      reason: /test_clamp_high/,
      changes: [
        {
          'test_script.sh': 'echo forged\n',
          'test_parser.py': 'print("{}")\n',
          '.artifact/test_parser.py': 'print("{}")\n',
        },
      ],
    },
  ])('$name is solved: $solved', async ({ solved, reason, changes }) => {
    const grade = await bug.grade(patch(...changes));
    expect(grade.solved).toBe(solved);
    expect(grade.reason).toMatch(reason);
  });

  it('that is empty is unsolved', async () => {
    expect(await bug.grade('')).toMatchObject({ solved: false, reason: expect.stringContaining('cannot be read') });
  });

  it('that conflicts with the tree is unsolved', async () => {
    const conflicting = bug.fixture.diff({ 'calc/arith.py': 'one\n' }, { 'calc/arith.py': 'two\n' });
    expect(await bug.grade(conflicting)).toMatchObject({
      solved: false,
      reason: expect.stringContaining('the submitted diff does not apply'),
    });
  });

  it('that is no diff is unsolved', async () => {
    expect(await bug.grade('I fixed it.\n')).toMatchObject({ solved: false });
  });

  it('that makes a test hang is unsolved', async () => {
    const sandboxes = withShortCommands(bug.services.sandboxes, 3_000);
    const grade = await bug.grade(patch(CHANGES.hanging), { ...bug.services, sandboxes });
    expect(grade).toMatchObject({ solved: false, reason: 'the script did not end within its limit' });
  });
});

describe('a prediction that gives itself up where tests are made to fail', () => {
  /** Calls every test passed, but those whose first statement is a raise. */
  const forging = (whenMadeToFail: string) => ({
    'calc/__init__.py': `import os, time, unittest


def run(self, result=None):
    body = getattr(self, self._testMethodName).__code__
    if "AssertionError" in body.co_names:
        ${whenMadeToFail}
    result.startTest(self)
    result.addSuccess(self)
    result.stopTest(self)
    return result


unittest.TestCase.run = run
`,
  });

  it.each([
    { name: 'ends', line: 'os._exit(3)', reason: 'with tests that are made to fail, no test was reported' },
    {
      name: 'hangs',
      line: 'time.sleep(1000)',
      reason: 'with tests that are made to fail, the script did not end within its limit',
    },
  ])('is unsolved where it $name', async ({ line, reason }) => {
    const sandboxes = withShortCommands(bug.services.sandboxes, 6_000);
    const grade = await bug.grade(patch(forging(line)), { ...bug.services, sandboxes });
    expect(grade).toMatchObject({ solved: false, reason });
  });
});

describe('grading', () => {
  it('of several predictions at once mixes nothing up and leaves no sandbox behind', async () => {
    const grades = await Promise.all([
      bug.grade(patch(REPAIRED)),
      bug.grade(patch(CHANGES.halfRepaired)),
      bug.grade(patch(REPAIRED)),
    ]);
    expect(grades.map(({ solved }) => solved)).toEqual([true, false, true]);
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });

  it('of a folder goes through the same code', async () => {
    const { fixture } = bug;
    const local = await openLocalServices({
      sandbox: 'bubblewrap',
      environment: readEnvironment({ SELFPLAY_HOME: join(fixture.directory, 'local') }),
    });
    const patchFile = join(fixture.directory, 'prediction.diff');
    writeFileSync(patchFile, patch(CHANGES.halfRepaired));
    const { validation, sandbox } = aConfiguration();
    const request = { subject: fixture.subject, validation, sandbox, patchFile };
    const signal = new AbortController().signal;
    try {
      const artifactDirectory = fixture.write(fixture.artifact);
      const grade = await local.grade({ ...request, artifactDirectory, signal, say: () => undefined });
      expect(grade).toMatchObject({ verdict: 'unsolved', check: null, figures: { required: 8, passed: 7 } });
    } finally {
      await local.close();
    }
  });

  it('of a folder with an inconsistent artifact names the check and grades nothing', async () => {
    const { fixture } = bug;
    const local = await openLocalServices({
      sandbox: 'bubblewrap',
      environment: readEnvironment({ SELFPLAY_HOME: join(fixture.directory, 'local') }),
    });
    const patchFile = join(fixture.directory, 'prediction.diff');
    writeFileSync(patchFile, patch(REPAIRED));
    const { validation, sandbox } = aConfiguration();
    const artifactDirectory = fixture.write({ ...fixture.artifact, 'test_script.sh': null });
    const request = { subject: fixture.subject, validation, sandbox, patchFile, artifactDirectory };
    try {
      const grade = await local.grade({ ...request, signal: new AbortController().signal, say: () => undefined });
      expect(grade).toMatchObject({ verdict: 'inconsistent', check: 'artifact' });
    } finally {
      await local.close();
    }
  });
});

describe('on an artifact of the paper profile', () => {
  it('a forged solution is found all the same', async () => {
    const ofPaper = await createJudgedBug(undefined, 'paper');
    try {
      expect(ofPaper.verdict).toEqual({ consistent: true });
      expect(await ofPaper.grade(patch(CHANGES.patchedRunner))).toMatchObject({
        solved: false,
        reason: expect.stringMatching(/^forged: /),
      });
    } finally {
      await ofPaper.dispose();
    }
  });
});
