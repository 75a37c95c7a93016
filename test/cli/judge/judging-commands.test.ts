import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type {
  LocalGrade,
  LocalServices,
  LocalVerdict,
  ValidationRequest,
} from '../../../src/workers/local-services.ts';
import { aCheck } from '../../store/ledger-builders.ts';
import { runCommand, temporaryDirectory, type CommandSetting } from '../command-fixture.ts';

const CONSISTENT: LocalVerdict = {
  ...{ verdict: 'consistent', check: null, detail: 'all checks passed', artifactId: 'local-1' },
  ...{ validatorVersion: '2', contentId: 'content' },
  checks: [aCheck({ check: 'artifact', ordinal: 0 })],
};
const SOLVED: LocalGrade = {
  ...{ verdict: 'solved', check: null, detail: 'all 9 tests pass' },
  ...{ figures: { required: 9 }, validatorVersion: '2' },
};

interface Judgements {
  readonly validate?: LocalServices['validate'];
  readonly grade?: LocalServices['grade'];
}

/** A command on a tree and an artifact folder that are there; tells what the judge was asked. */
async function judge(
  command: 'validate' | 'grade',
  judgements: Judgements,
  more: readonly string[] = [],
  setting: CommandSetting = {},
) {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'tree'));
  mkdirSync(join(directory, 'bug'));
  const asked: ValidationRequest[] = [];
  let closed = false;
  const services: LocalServices = {
    validate: (request) => {
      asked.push(request);
      return judgements.validate?.(request) ?? Promise.resolve(CONSISTENT);
    },
    grade: (request) => {
      asked.push(request);
      return judgements.grade?.(request) ?? Promise.resolve(SOLVED);
    },
    inspect: () => Promise.reject(new Error('nobody asks')),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
  const patch = command === 'grade' ? ['--patch', 'fix.diff'] : [];
  const ran = await runCommand(
    [command, '--source', join(directory, 'tree'), '--artifact', join(directory, 'bug'), ...patch, ...more],
    { ...setting, backends: { openLocalServices: () => Promise.resolve(services) } },
  );
  return { ...ran, asked: asked[0], closed };
}

describe('validate', () => {
  it('exits with 0 for a consistent artifact, and shows its checks', async () => {
    const { exitCode, stdout, closed } = await judge('validate', {});
    expect([exitCode, closed]).toEqual([0, true]);
    expect(stdout).toMatch(/artifact +passed/);
    expect(stdout).toContain('consistent: all checks passed');
  });

  it('exits with 1 for an inconsistent one, and names the check', async () => {
    const rejected: LocalVerdict = { ...CONSISTENT, verdict: 'inconsistent', check: 'parser', detail: 'no JSON' };
    const { exitCode, stdout } = await judge('validate', { validate: () => Promise.resolve(rejected) });
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('inconsistent (parser): no JSON')]);
  });

  it('takes the defaults of a run, and changes to them', async () => {
    const { asked } = await judge('validate', {}, ['--set', 'validation.min_passing_tests=1']);
    expect(asked?.validation).toMatchObject({ profile: 'strict', minPassingTests: 1, minFailingTests: 1 });
  });

  it('tells what it is doing on standard error only', async () => {
    const validate: LocalServices['validate'] = ({ say }) => {
      say('running the tests');
      return Promise.resolve(CONSISTENT);
    };
    const { stderr, stdout } = await judge('validate', { validate }, ['--json']);
    expect(stderr).toBe('running the tests\n');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'consistent', check: null, detail: 'all checks passed' });
  });

  it('exits with 3 when the machine fails it, and still lets go', async () => {
    const validate = () => Promise.reject(new SandboxUnavailableError('no bwrap. Install bubblewrap'));
    const { exitCode, stderr, closed } = await judge('validate', { validate });
    expect([exitCode, stderr, closed]).toEqual([3, 'selfplay: no bwrap. Install bubblewrap\n', true]);
  });

  it('exits with 130 on Ctrl-C, without an answer', async () => {
    const validate: LocalServices['validate'] = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    const during = (interrupt: (reason: 'SIGINT') => void) => {
      setTimeout(() => {
        interrupt('SIGINT');
      }, 20);
    };
    const { exitCode, stdout, closed } = await judge('validate', { validate }, ['--json'], { during });
    expect([exitCode, stdout, closed]).toEqual([130, '', true]);
  });

  it.each([
    [['validate', '--artifact', '.'], 'either --source DIR or --image IMAGE'],
    [['validate', '--source', '/nowhere', '--artifact', '.'], '--source: there is no /nowhere'],
    [['validate', '--source', '.', '--artifact', 'package.json'], 'package.json is not a directory'],
    [['validate', '--source', '.', '--artifact', '.', '--set', 'validation.profil=paper'], 'did you mean "profile"'],
  ])('%j exits with 2', async (parameters, message) => {
    const { exitCode, stderr } = await runCommand(parameters);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('grade', () => {
  it('exits with 0 for a diff that solves the bug', async () => {
    const { exitCode, stdout } = await judge('grade', {});
    expect([exitCode, stdout]).toEqual([0, 'solved: all 9 tests pass\n']);
  });

  it.each([
    [{ ...SOLVED, verdict: 'unsolved', detail: 'a fails' } as const, 'unsolved: a fails\n'],
    [
      { ...SOLVED, verdict: 'inconsistent', check: 'parser', detail: 'no JSON' } as const,
      'inconsistent (parser): no JSON\n',
    ],
  ])('exits with 1 for %j', async (graded, text) => {
    const { exitCode, stdout } = await judge('grade', { grade: () => Promise.resolve(graded) });
    expect([exitCode, stdout]).toEqual([1, text]);
  });
});
