import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SandboxGoneError, SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { Command, Sandbox, SandboxRequest } from '../../../src/sandbox/sandbox.ts';
import { changed, ORIGINAL, REPAIRED, SOLVERS, writeTree } from '../../support/artifact-fixture.ts';
import { createJudgedBug, failing, isTestScript, starving, withShortCommands } from './judged-bug.ts';

const TIMEOUT_MS = 240_000;
/** Of the subject, besides the project's own files. */
const SETTINGS = { 'setup.cfg': '[metadata]\nname = a\n' };

let bug: Awaited<ReturnType<typeof createJudgedBug>>;

beforeAll(async () => {
  bug = await createJudgedBug((directory) => {
    writeTree(directory, SETTINGS);
    return {};
  });
});

afterAll(() => bug.dispose());

/** The true repair, and a line of code that the tests run. */
function repairAnd(line: string): string {
  const tree = changed(SOLVERS, REPAIRED, { 'calc/words.py': `${line}\n${ORIGINAL['calc/words.py'] ?? ''}` });
  return bug.fixture.diff(SOLVERS, tree);
}

describe('what a prediction does to the machine is its own doing (docs/specification.md#grading)', () => {
  it.each([
    { name: 'kills whatever it can', line: 'import os; os.kill(-1, 9)' },
    { name: 'asks for more memory than there is', line: 'hoard = bytearray(1 << 42)' },
    { name: 'writes a file without end', line: 'open("/tmp/huge", "wb").truncate(1 << 42)' },
    { name: 'prints without end', line: 'while True: print("x" * 4096)' },
    { name: 'prints results without end', line: 'while True: print("test_a (tests.A) ... ok")' },
    { name: 'waits for ever', line: 'import threading; threading.Event().wait()' },
    { name: 'forks without end', line: 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass' },
    { name: 'stops itself', line: 'import os; os.kill(os.getpid(), 19)' },
    { name: 'takes the output away', line: 'import os; os.close(1); os.close(2)' },
    { name: 'ends well before any test', line: 'import os; os._exit(0)' },
  ])('one that $name is unsolved', async ({ line }) => {
    const sandboxes = withShortCommands(bug.services.sandboxes, 6_000);
    const grade = await bug.grade(repairAnd(line), { ...bug.services, sandboxes });
    expect(grade.solved).toBe(false);
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });

  it('one that tries to kill the first process has no effect', async () => {
    expect(await bug.grade(repairAnd('import os; os.kill(1, 9)'))).toMatchObject({ solved: true });
  });

  it('one that leaves a process behind is judged by its tests, and the process ends', async () => {
    const line = 'import subprocess; subprocess.Popen(["sleep", "98765"], start_new_session=True)';
    expect(await bug.grade(repairAnd(line))).toMatchObject({ solved: true });
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });
});

const isApply = ({ argv }: Command) => argv.some((argument) => argument.includes('o apply'));

describe('what a machine does to a prediction is never a grade (docs/specification.md#lost)', () => {
  it('a sandbox that is lost in mid-run fails the step, and the next try grades', async () => {
    let lost = 0;
    const sandboxes = failing(bug.services.sandboxes, (command) => {
      if (!isTestScript(command) || lost > 0) return undefined;
      lost += 1;
      return () => {
        throw new SandboxGoneError('the host is gone');
      };
    });
    const services = { ...bug.services, sandboxes };
    await expect(bug.grade(repairAnd(''), services)).rejects.toThrow(SandboxGoneError);
    expect(await bug.grade(repairAnd(''), services)).toMatchObject({ solved: true });
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });

  it('a sandbox that is lost in the second run of a repair is no grade either', async () => {
    let runs = 0;
    const sandboxes = failing(bug.services.sandboxes, (command) => {
      if (!isTestScript(command) || (runs += 1) < 2) return undefined;
      return () => {
        throw new SandboxUnavailableError('the engine is gone');
      };
    });
    await expect(bug.grade(repairAnd(''), { ...bug.services, sandboxes })).rejects.toThrow(SandboxUnavailableError);
  });

  it('a run that others keep from the processors is repeated, and the one that had them grades', async () => {
    const services = starving(bug.services, { scripts: 2, boundMs: TIMEOUT_MS });
    expect(await bug.grade(repairAnd(''), services)).toMatchObject({ solved: true });
  });

  it('load that does not end fails the step', async () => {
    const services = starving(bug.services, { scripts: Number.POSITIVE_INFINITY, boundMs: 0 });
    await expect(bug.grade(repairAnd(''), services)).rejects.toThrow(SandboxUnavailableError);
    expect(await bug.services.sandboxes.list()).toEqual([]);
  });

  it.each(['tests/test_arith.py', 'setup.cfg'])('a disk without room for %s fails the step', async (full) => {
    const { sandboxes } = bug.services;
    const spoil = (sandbox: Sandbox): Sandbox => ({
      ...sandbox,
      write: (path, ...rest) =>
        path.endsWith(full) ? Promise.resolve({ written: false, problem: 'no-space' }) : sandbox.write(path, ...rest),
    });
    const services = {
      ...bug.services,
      sandboxes: { ...sandboxes, create: async (request: SandboxRequest) => spoil(await sandboxes.create(request)) },
    };
    const solvers = changed(SOLVERS, SETTINGS);
    const prediction = bug.fixture.diff(solvers, changed(solvers, REPAIRED, { 'setup.cfg': '[metadata]\nname = b\n' }));
    expect(await bug.grade(prediction)).toMatchObject({ solved: true });
    await expect(bug.grade(prediction, services)).rejects.toThrow(SandboxUnavailableError);
  });

  it.each([98, 126, 127, 137])('a machine on which git ends with %i fails the step', async (exitCode) => {
    const nothing = { head: new Uint8Array(), tail: new Uint8Array(), droppedBytes: 0 };
    const sandboxes = failing(bug.services.sandboxes, (command) => {
      if (!isApply(command)) return undefined;
      return () => ({ ending: 'exited', exitCode, stdout: nothing, stderr: nothing, durationMs: 1 });
    });
    await expect(bug.grade(repairAnd(''), { ...bug.services, sandboxes })).rejects.toThrow(SandboxUnavailableError);
  });
});
