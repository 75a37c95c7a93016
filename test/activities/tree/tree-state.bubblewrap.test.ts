import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { keepFiles, putBackKept } from '../../../src/activities/tree/kept-files.ts';
import { withSandbox } from '../../../src/activities/services/sandbox-request.ts';
import { applyDiff } from '../../../src/activities/tree/tree-state.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { Application } from '../../../src/domain/checks/validation-facts.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { changed, CHANGES, ORIGINAL } from '../../support/artifact-fixture.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';
import { createJudgedBug } from '../grading/judged-bug.ts';

const TIMEOUT_MS = 120_000;
const MIB = 1024 * 1024;
const signal = new AbortController().signal;

let bug: Awaited<ReturnType<typeof createJudgedBug>>;

beforeAll(async () => {
  bug = await createJudgedBug();
});

afterAll(() => bug.dispose());

/** Applies a diff in a fresh tree; `meanwhile` is what a machine does when it is applied. */
function applied(
  diff: string,
  { meanwhile = ':', timeoutMs = TIMEOUT_MS, memoryMib = 1024, fileMib = 1024 } = {},
): Promise<Application> {
  const { services, fixture } = bug;
  const { owner, sandbox: config } = aRolloutSetting();
  const limited = { ...config, memoryMib, fileMib };
  return withSandbox(services, { owner, subject: fixture.subject, config: limited }, async (sandbox) => {
    const git = `#!/bin/sh\ncase "$*" in *apply*) ${meanwhile} ;; esac\nexec /usr/bin/git "$@"\n`;
    await sandbox.write('/tmp/programs/git', Buffer.from(git), { executable: true });
    const spoiled: Sandbox = {
      ...sandbox,
      run: (command, options) =>
        sandbox.run({ ...command, timeoutMs, env: { ...command.env, PATH: '/tmp/programs:/usr/bin:/bin' } }, options),
    };
    return applyDiff(spoiled, { name: 'the diff', diff }, signal);
  });
}

/** A diff that adds a file of zeros, a thousand times as large as itself. */
function bomb(bytes: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-bomb-'));
  const git = (...argv: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a', ...argv], {
      cwd: directory,
      encoding: 'utf8',
      maxBuffer: 16 * MIB,
    });
  try {
    git('init', '-q');
    writeFileSync(join(directory, 'zeros'), Buffer.alloc(bytes));
    git('add', 'zeros');
    return git('diff', '--cached', '--binary', '--no-ext-diff', '--no-color');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

it.each([
  { name: 'a removal that is killed is the machine’s', rm: 'kill -s KILL $$', fails: true },
  { name: 'one that fails is the tree’s', rm: 'exit 1', fails: false },
])('$name, where files are put back', async ({ rm, fails }) => {
  const { services, fixture } = bug;
  const { owner, sandbox: config } = aRolloutSetting();
  const putting = withSandbox(services, { owner, subject: fixture.subject, config }, async (sandbox) => {
    const kept = await keepFiles(sandbox, ['calc/arith.py'], signal);
    await sandbox.write('/tmp/programs/rm', Buffer.from(`#!/bin/sh\n${rm}\n`), { executable: true });
    const spoiled: Sandbox = {
      ...sandbox,
      run: (command, options) =>
        sandbox.run({ ...command, env: { ...command.env, PATH: '/tmp/programs:/usr/bin:/bin' } }, options),
    };
    return putBackKept(spoiled, kept, ['calc/arith.py'], signal);
  });
  if (fails) await expect(putting).rejects.toThrow(SandboxUnavailableError);
  else expect(await putting).toBe('what the prediction made cannot be removed');
});

describe('a diff that git does not apply', () => {
  const plain = () => bug.fixture.diff(ORIGINAL, changed(ORIGINAL, CHANGES.bug));

  it('applies where nothing is the matter', async () => {
    expect(await applied(plain())).toEqual({ applied: true });
  });

  it.each(['KILL', 'TERM', 'HUP'])('is the machine’s where git is ended by SIG%s', async (name) => {
    await expect(applied(plain(), { meanwhile: `kill -s ${name} $$` })).rejects.toThrow(SandboxUnavailableError);
  });

  it('is the machine’s where the script is ended too', async () => {
    await expect(applied(plain(), { meanwhile: 'kill -s KILL $PPID' })).rejects.toThrow(SandboxUnavailableError);
  });

  it('is the machine’s where git does not end within its limit', async () => {
    await expect(applied(plain(), { meanwhile: 'sleep 60', timeoutMs: 1_500 })).rejects.toThrow(
      SandboxUnavailableError,
    );
  });

  it('is its own doing where git crashes on it', async () => {
    expect(await applied(plain(), { meanwhile: 'kill -s SEGV $$' })).toMatchObject({ applied: false });
  });

  it.each([
    ['memory', { memoryMib: 128 }, /Out of memory/],
    ['a file', { fileMib: 16 }, /too large|write/],
  ])('is its own doing where it holds more than fits into %s', async (_, limits, problem) => {
    const diff = bomb(100 * MIB);
    expect(diff.length).toBeLessThan(MIB);
    expect(await applied(diff, limits)).toEqual({ applied: false, problem: expect.stringMatching(problem) });
  });
});
