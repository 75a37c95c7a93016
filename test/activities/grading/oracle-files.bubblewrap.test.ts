import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { outputText } from '../../../src/activities/services/command-output.ts';
import { putBack, takeOracleFiles } from '../../../src/activities/tree/oracle-files.ts';
import { withSandbox } from '../../../src/activities/services/sandbox-request.ts';
import { changed, ORIGINAL, REPAIRED, SOLVERS } from '../../support/artifact-fixture.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';
import { createJudgedBug } from './judged-bug.ts';

let bug: Awaited<ReturnType<typeof createJudgedBug>>;

beforeAll(async () => {
  bug = await createJudgedBug();
});

afterAll(() => bug.dispose());

describe('an oracle file', () => {
  /** Takes the oracle files, lets a command loose on the tree, and puts them back. */
  const putBackAfter = async (command: string, first = 'true') => {
    const { services, fixture } = bug;
    const { owner, sandbox: config } = aRolloutSetting();
    return withSandbox(services, { owner, subject: fixture.subject, config }, async (sandbox) => {
      const run = async (script: string) => {
        const argv = ['bash', '-c', script] as const;
        const result = await sandbox.run({ id: randomUUID(), argv, timeoutMs: 60_000, outputCapBytes: 10_000 });
        return outputText(result.stdout).trim();
      };
      await run(first);
      const oracle = await takeOracleFiles(sandbox, ['tests/test_arith.py']);
      await run(command);
      const problem = await putBack(sandbox, oracle);
      const kind = await run('stat -c %F tests/test_arith.py');
      const mode = await run('stat -c %a tests/test_arith.py');
      const intact = await run('sha256sum < calc/words.py');
      const text = await sandbox.read('/repo/tests/test_arith.py', { maxBytes: 100_000 });
      return { problem, kind, mode, intact, text: text.found ? Buffer.from(text.content).toString() : text.problem };
    });
  };
  const original = ORIGINAL['tests/test_arith.py'];

  it.each([
    { name: 'changed', command: 'echo "import unittest" > tests/test_arith.py' },
    { name: 'removed with its directory', command: 'rm -r tests' },
    { name: 'replaced by a symbolic link', command: 'ln -sf ../calc/words.py tests/test_arith.py' },
    { name: 'replaced by a directory', command: 'rm tests/test_arith.py; mkdir -p tests/test_arith.py/deep' },
    { name: 'made unwritable', command: 'chmod 000 tests/test_arith.py' },
  ])('that was $name is put back, and nothing else is written', async ({ command }) => {
    const untouched = await putBackAfter('true');
    const { problem, kind, intact, text } = await putBackAfter(command);
    expect({ problem, kind, text }).toEqual({ problem: undefined, kind: 'regular file', text: original });
    expect(intact).toBe(untouched.intact);
  });

  it.each([
    {
      name: 'a program',
      mode: '755',
      command: 'chmod 644 tests/test_arith.py',
      first: 'chmod 755 tests/test_arith.py',
    },
    { name: 'no program', mode: '644', command: 'chmod 777 tests/test_arith.py', first: 'true' },
  ])('that was $name is that again', async ({ first, command, mode }) => {
    expect(await putBackAfter(command, first)).toMatchObject({ problem: undefined, mode, text: original });
  });

  it('that a diff turns into a symbolic link makes the prediction unsolved', async () => {
    const tree = changed(SOLVERS, REPAIRED, { 'tests/test_arith.py': '-> ../calc/words.py' });
    expect(await bug.grade(bug.fixture.diff(SOLVERS, tree))).toMatchObject({ solved: false });
  });

  it('that a diff turns into a directory is put back', async () => {
    const tree = changed(SOLVERS, REPAIRED, { 'tests/test_arith.py': null, 'tests/test_arith.py/inner.py': '' });
    expect(await bug.grade(bug.fixture.diff(SOLVERS, tree))).toMatchObject({ solved: true });
  });
});
