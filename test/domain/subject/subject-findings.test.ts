import { describe, expect, it } from 'vitest';

import type { SubjectFacts } from '../../../src/domain/subject/subject-facts.ts';
import { subjectFindings } from '../../../src/domain/subject/subject-findings.ts';
import { aSubjectFacts } from '../../support/subject-facts.ts';

const GIT = aSubjectFacts().git ?? { commits: 0, bytes: 0, changed: 0, untracked: 0, submodules: 0, shallow: false };
const AGENT = { name: 'agent', id: 1000 };
const ROOT = { name: 'root', id: 0 };

const without = (program: string) => aSubjectFacts().programs.filter((name) => name !== program);
const manyFiles = (count: number, bytes = 1) =>
  Array.from({ length: count }, (_, index) => ({ path: `tests/test_${index}.py`, bytes }));

describe('what would go wrong on a subject', () => {
  it('is nothing where a tree has tests, a history and what agents need', () => {
    expect(subjectFindings(aSubjectFacts())).toEqual([]);
  });

  const problems: readonly (readonly [string, Partial<SubjectFacts>])[] = [
    ['no-bash', { programs: without('bash') }],
    ['no-git', { programs: without('git') }],
    ['no-language', { programs: without('python3') }],
    ['no-files', { files: [] }],
    ['no-test-files', { files: [{ path: 'lib.py', bytes: 10 }] }],
    ['too-many-files', { files: manyFiles(100_001) }],
    ['too-many-files', { listed: false }],
    ['not-writable', { writable: false, owner: ROOT }],
    ['runner-broken', { trials: [{ runner: 'pytest', exitCode: 127, said: 'pytest: not found' }] }],
    ['runner-broken', { trials: [{ runner: 'mocha', exitCode: 126, said: '' }] }],
    ['no-baseline', { baselineProblem: 'the tree cannot be added' }],
    ['history-stays', { wipeProblem: 'there is another .git: vendor/x' }],
  ];
  it.each(problems)('is the problem %s', (finding, changes) => {
    expect(subjectFindings(aSubjectFacts(changes))[0]).toMatchObject({ severity: 'problem', finding });
  });

  const notes: readonly (readonly [string, Partial<SubjectFacts>])[] = [
    ['cold-builds', { files: [{ path: 'x_test.go', bytes: 1 }], programs: ['bash', 'git', 'go'] }],
    ['runner-complains', { trials: [{ runner: 'pytest', exitCode: 2, said: '1 error' }] }],
    ['runner-complains', { trials: [{ runner: 'go test', exitCode: null, said: '' }] }],
    ['root-owned', { owner: ROOT, user: AGENT }],
    ['dubious-ownership', { git: { ...GIT, dubiousOwnership: true } }],
    ['no-history', { git: null }],
    ['no-history', { git: { ...GIT, dubiousOwnership: false, commits: 1 } }],
    ['uncommitted', { git: { ...GIT, dubiousOwnership: false, changed: 2 } }],
    ['submodules', { git: { ...GIT, dubiousOwnership: false, submodules: 1 } }],
    ['nested-repositories', { nestedRepositories: ['third_party/x'] }],
    ['lfs-pointers', { lfsPointers: ['model.bin'] }],
    ['large', { files: manyFiles(20_001) }],
    ['large', { files: manyFiles(1, 600 * 1024 ** 2) }],
    ['no-runner', { files: [{ path: 'x_test.go', bytes: 1 }, ...manyFiles(1)], programs: ['bash', 'git', 'node'] }],
  ];
  it.each(notes)('is the note %s', (finding, changes) => {
    expect(subjectFindings(aSubjectFacts(changes))).toContainEqual(
      expect.objectContaining({ severity: 'note', finding }),
    );
  });

  it('does not blame a missing python3 on a tree that needs none', () => {
    const files = [{ path: 'x_test.go', bytes: 1 }];
    const found = subjectFindings(aSubjectFacts({ files, programs: ['bash', 'git', 'go'], goBuildsWarm: true }));
    expect(found).toEqual([expect.objectContaining({ severity: 'note', finding: 'no-python3' })]);
  });

  it('names the problems first', () => {
    const found = subjectFindings(aSubjectFacts({ git: null, programs: without('bash') }));
    expect(found.map(({ severity }) => severity)).toEqual(['problem', 'note']);
  });

  it('says once that git is missing', () => {
    const found = subjectFindings(
      aSubjectFacts({ git: null, programs: without('git'), baselineProblem: 'git is not installed in the sandbox' }),
    );
    expect(found.map(({ finding }) => finding)).toEqual(['no-git']);
  });
});
