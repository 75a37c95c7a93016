import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { SubjectFacts } from '../../../src/domain/subject/subject-facts.ts';
import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { LocalInspection, LocalServices } from '../../../src/workers/local-services.ts';
import { aSubjectFacts } from '../../support/subject-facts.ts';
import { anEnvironment, runCommand, temporaryDirectory, type CommandSetting } from '../command-fixture.ts';

/** A folder with a corpus of two subjects. */
function aCorpus(): string {
  const folder = temporaryDirectory();
  const file = join(folder, 'mine.jsonl');
  writeFileSync(file, '{"directory":"/src/toolz","weight":3}\n{"image":"team/qs:1","repoRoot":"/app"}\n');
  return file;
}

const booted = (changes: Partial<SubjectFacts> = {}): LocalInspection => ({
  booted: true,
  backend: 'bubblewrap',
  bootMs: 42,
  inspection: { inspected: true, facts: aSubjectFacts(changes) },
});

/** Local services that only inspect. */
function inspecting(inspect: LocalServices['inspect']): NonNullable<CommandSetting['backends']> {
  const never = () => Promise.reject(new Error('nobody asks'));
  return {
    openLocalServices: () =>
      Promise.resolve({ validate: never, grade: never, inspect, close: () => Promise.resolve() }),
  };
}

describe('subjects add', () => {
  it('writes a directory with absolute paths, and starts the corpus', async () => {
    const folder = temporaryDirectory();
    const tree = join(folder, 'tree');
    const environment = join(folder, 'environment');
    mkdirSync(tree);
    mkdirSync(environment);
    const file = join(folder, 'corpus.jsonl');
    const options = ['--corpus', file, '--environment', environment, '--weight', '0.5', '--name', 'mine'];
    const { exitCode, stdout } = await runCommand(['subjects', 'add', tree, ...options]);
    expect([exitCode, stdout]).toEqual([0, `added mine (directory ${tree}) to ${file}\n`]);
    const line: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(line).toEqual({ name: 'mine', weight: 0.5, directory: tree, environment });
  });

  it('writes an image with its place and user', async () => {
    const file = aCorpus();
    const image = 'registry.example.com:5000/team/project:1.2';
    const options = ['--corpus', file, '--repo-root', '/app', '--agent-user', 'dev', '--json'];
    const { exitCode, stdout } = await runCommand(['subjects', 'add', image, ...options]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      subject: { name: 'project:1.2', kind: 'image', source: image, repoRoot: '/app', agentUser: 'dev', weight: 1 },
    });
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3);
  });

  it.each([
    [['./nowhere'], 'there is no directory ./nowhere'],
    [['https://example.com/x.git'], 'clone a repository first'],
    [['.', '--repo-root', '/app'], '--repo-root is for images'],
    [['.', '--environment', '/no/environment'], '/no/environment is not a directory'],
    [['team/x:1', '--environment', '.'], '--environment is for directories'],
    [['team/x:1', '--repo-root', 'app'], 'repoRoot'],
    [['team/x:1', '--weight', '0'], 'greater than 0'],
    [['team/qs:1'], 'two subjects are named "qs:1"'],
  ])('%j exits with 2', async (parameters, message) => {
    const { exitCode, stderr } = await runCommand(['subjects', 'add', ...parameters, '--corpus', aCorpus()]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('leaves the corpora of set-up alone', async () => {
    const { exitCode, stderr } = await runCommand(['subjects', 'add', '.', '--corpus', 'cache:all.jsonl']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('made by scripts/setup')]);
  });
});

describe('subjects list', () => {
  it('shows each subject, and how often it is drawn', async () => {
    const { exitCode, stdout } = await runCommand(['subjects', 'list', '--corpus', aCorpus()]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/toolz +directory +75 % +\/src\/toolz/);
    expect(stdout).toMatch(/qs:1 +image +25 % +team\/qs:1/);
  });

  it('shows what set-up built, and what it left out, where there is no corpus', async () => {
    const environment = anEnvironment();
    mkdirSync(join(environment.cache, 'corpus'), { recursive: true });
    writeFileSync(join(environment.cache, 'corpus/all.jsonl'), '{"directory":"/built/uuid"}\n');
    writeFileSync(join(environment.cache, 'corpus/left-out.json'), '[{"language":"go","reason":"no network"}]');
    const { stdout, stderr } = await runCommand(['subjects', 'list'], { environment });
    expect(stdout).toContain('/built/uuid');
    expect(stderr).toContain('set-up left out go: no network');
  });

  it('exits with 2 where there is none at all', async () => {
    const { exitCode, stderr } = await runCommand(['subjects', 'list']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('run scripts/setup')]);
  });
});

describe('subjects check', () => {
  it('exits with 0 where nothing would go wrong, and says what each is like', async () => {
    const backends = inspecting(() => Promise.resolve(booted()));
    const { exitCode, stdout } = await runCommand(['subjects', 'check', '--corpus', aCorpus()], { backends });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/toolz\n +source +\/src\/toolz\n +booted +bubblewrap, 0\.0 s\n/);
    expect(stdout).toMatch(/files +2 \(1 KiB\), 1 test file\n +languages +python 2\n +git +3 commits \(4 KiB\)/);
    expect(stdout).toMatch(/ {2}ok\n/);
  });

  it('says what was compiled ahead, and nothing of it where nothing was', async () => {
    const check = async (compiled: string | null, ...options: readonly string[]) => {
      const backends = inspecting(() => Promise.resolve(booted({ compiled })));
      const parameters = ['subjects', 'check', 'toolz', '--corpus', aCorpus(), ...options];
      return (await runCommand(parameters, { backends })).stdout;
    };
    expect(await check('the standard library and 3 modules')).toMatch(/compiled +the standard library and 3 modules\n/);
    expect(await check(null)).not.toContain('compiled');
    const document: unknown = JSON.parse(await check('3 modules', '--json'));
    expect(document).toMatchObject({ subjects: [{ tree: { compiled: '3 modules' } }] });
  });

  it('exits with 1 where something would, and goes on with the next', async () => {
    const inspect: LocalServices['inspect'] = ({ subject }) =>
      Promise.resolve(
        subject.name === 'toolz'
          ? booted({ baselineProblem: 'HEAD cannot be read' })
          : { booted: false, problem: 'bubblewrap holds no images' },
      );
    const { exitCode, stdout } = await runCommand(['subjects', 'check', '--corpus', aCorpus()], {
      backends: inspecting(inspect),
    });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('problem no-baseline: the commit before an injection cannot be made: HEAD cannot be read');
    expect(stdout).toContain('problem no-boot: bubblewrap holds no images');
  });

  it('says where there is no shell', async () => {
    const inspection = { inspected: false, problem: 'sh: not found' } as const;
    const backends = inspecting(() => Promise.resolve({ booted: true, backend: 'docker', bootMs: 900, inspection }));
    const { exitCode, stdout } = await runCommand(['subjects', 'check', 'toolz', '--corpus', aCorpus()], { backends });
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('no-shell: sh: not found')]);
  });

  it('checks those that are named, with the limits that are set', async () => {
    const asked: Parameters<LocalServices['inspect']>[0][] = [];
    const backends = inspecting((request) => {
      asked.push(request);
      return Promise.resolve(booted());
    });
    const options = ['--corpus', aCorpus(), '--set', 'sandbox.memory_mib=512'];
    await runCommand(['subjects', 'check', 'qs:1', ...options], { backends });
    expect(asked).toMatchObject([{ subject: { name: 'qs:1' }, sandbox: { memoryMib: 512 } }]);
  });

  it('suggests a name that is nearly right', async () => {
    const { exitCode, stderr } = await runCommand(['subjects', 'check', 'tolz', '--corpus', aCorpus()]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('did you mean "toolz"?')]);
  });

  it('exits with 3 when the machine fails it', async () => {
    const backends = inspecting(() => Promise.reject(new SandboxUnavailableError('no bwrap. Install bubblewrap')));
    const { exitCode, stderr } = await runCommand(['subjects', 'check', '--corpus', aCorpus()], { backends });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('no bwrap. Install bubblewrap')]);
  });

  it('exits with 130 on Ctrl-C, without an answer', async () => {
    const backends = inspecting(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            resolve(booted({ files: [] }));
          });
        }),
    );
    const during = (interrupt: (reason: 'SIGINT') => void) => {
      setTimeout(() => {
        interrupt('SIGINT');
      }, 20);
    };
    const ran = await runCommand(['subjects', 'check', '--corpus', aCorpus(), '--json'], { backends, during });
    expect([ran.exitCode, ran.stdout]).toEqual([130, '']);
  });
});
