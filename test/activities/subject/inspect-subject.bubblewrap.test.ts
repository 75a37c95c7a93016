import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { inspectSubject } from '../../../src/activities/subject/inspect-subject.ts';
import type { SubjectFacts } from '../../../src/domain/subject/subject-facts.ts';
import { subjectFindings } from '../../../src/domain/subject/subject-findings.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { endAll } from '../../sandbox/contract-host.ts';

let folder: string;
let tree: string;
let sandboxes: Sandboxes;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfplay-inspect-'));
  tree = join(folder, 'tree');
  mkdirSync(tree);
  sandboxes = createBubblewrapSandboxes({ stateDir: join(folder, 'state') });
});

afterEach(async () => {
  await endAll(sandboxes);
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function git(...parameters: readonly string[]): void {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@localhost', '-c', 'protocol.file.allow=always'];
  execFileSync('git', ['-C', tree, ...identity, ...parameters], { stdio: 'ignore' });
}

function commit(message: string): void {
  git('add', '-A');
  git('commit', '-q', '-m', message);
}

function writePythonProject(): void {
  write('lib.py', 'def one():\n    return 1\n');
  write('tests/test_lib.py', 'import unittest\n');
  write('pyproject.toml', '[tool.pytest.ini_options]\n');
}

async function inspect(environment?: string): Promise<SubjectFacts> {
  const sandbox = await sandboxes.create({
    id: 'inspected',
    source: { kind: 'directory', directory: tree, ...(environment === undefined ? {} : { environment }) },
    labels: { deployment: 'tests', run: 'local', episode: 'local' },
    lifetimeSeconds: 300,
    leaseSeconds: 60,
    limits: { memoryBytes: 1024 ** 3, processes: 200, fileBytes: 512 * 1024 ** 2, cores: 1 },
  });
  const inspection = await inspectSubject(sandbox, new AbortController().signal);
  if (!inspection.inspected) throw new Error(inspection.problem);
  return inspection.facts;
}

const findingsOf = (facts: SubjectFacts) => subjectFindings(facts).map(({ finding }) => finding);

describe('a subject that is looked at in a sandbox', () => {
  it('tells its files, its history and who works in it', async () => {
    writePythonProject();
    git('init', '-q');
    commit('one');
    write('lib.py', 'def one():\n    return 2 - 1\n');
    commit('two');
    const facts = await inspect();
    expect(facts).toMatchObject({ treeRoot: '/repo', writable: true, listed: true, user: facts.owner });
    expect(facts.files).toContainEqual({ path: 'tests/test_lib.py', bytes: 16 });
    expect(facts.git).toMatchObject({ commits: 2, changed: 0, untracked: 0, submodules: 0, shallow: false });
    expect(facts.programs).toEqual(expect.arrayContaining(['bash', 'git', 'python3']));
    expect(facts.manifests).toEqual({ 'pyproject.toml': '[tool.pytest.ini_options]\n' });
    expect(findingsOf(facts).filter((finding) => finding !== 'no-runner')).toEqual([]);
  });

  it('may have no history, and is given one', async () => {
    writePythonProject();
    const facts = await inspect();
    expect([facts.git, facts.baselineProblem, facts.wipeProblem]).toEqual([null, null, null]);
    expect(findingsOf(facts)).toContain('no-history');
  });

  it('tells what differs from the last commit, and what git LFS has not fetched', async () => {
    writePythonProject();
    write('.gitattributes', '*.bin filter=lfs\n');
    write('model.bin', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
    git('init', '-q');
    commit('one');
    write('lib.py', 'changed\n');
    write('new.py', 'new\n');
    const facts = await inspect();
    expect(facts.git).toMatchObject({ changed: 1, untracked: 1 });
    expect(facts.lfsPointers).toEqual(['model.bin']);
    expect(findingsOf(facts)).toEqual(expect.arrayContaining(['uncommitted', 'lfs-pointers']));
  });

  it('tells repositories inside it', async () => {
    writePythonProject();
    write('third_party/x/x.py', 'x\n');
    git('init', '-q');
    git('init', '-q', join(tree, 'third_party/x'));
    const facts = await inspect();
    expect(facts.nestedRepositories).toEqual(['third_party/x']);
    expect(findingsOf(facts)).toContain('nested-repositories');
  });

  it.each([
    { name: 'lacks its interpreter', program: '#!/nowhere/bin/python3\n', finding: 'runner-broken', exitCode: 127 },
    { name: 'may not be run', program: '\x7fELF', finding: 'runner-broken', exitCode: 126 },
    {
      name: 'cannot import the tree',
      program: '#!/bin/sh\necho no module calc\nexit 2\n',
      finding: 'runner-complains',
      exitCode: 2,
    },
    { name: 'finds tests', program: '#!/bin/sh\nexit 0\n', finding: undefined, exitCode: 0 },
  ])('is tried with the runner of its environment, which $name', async ({ program, finding, exitCode }) => {
    writePythonProject();
    const environment = join(folder, 'environment');
    mkdirSync(join(environment, 'bin'), { recursive: true });
    writeFileSync(join(environment, 'bin', 'pytest'), program, { mode: 0o755 });
    const facts = await inspect(environment);
    expect(facts.trials).toEqual([{ runner: 'pytest', exitCode, said: expect.any(String) }]);
    expect(findingsOf(facts).filter((found) => found.startsWith('runner-'))).toEqual(
      finding === undefined ? [] : [finding],
    );
  });

  it('tells why no baseline can be committed', async () => {
    writePythonProject();
    write('.git/nonsense', 'not a repository\n');
    const facts = await inspect();
    expect(facts.baselineProblem).toContain('is a directory but not a git repository');
    expect(findingsOf(facts)[0]).toBe('no-baseline');
  });
});
