import type { SubjectFacts } from '../../src/domain/subject/subject-facts.ts';

/** A small Python tree on which nothing would go wrong. */
export function aSubjectFacts(changes: Partial<SubjectFacts> = {}): SubjectFacts {
  return {
    treeRoot: '/repo',
    user: { name: 'agent', id: 1000 },
    owner: { name: 'agent', id: 1000 },
    writable: true,
    programs: ['bash', 'git', 'python3', 'pytest'],
    files: [
      { path: 'lib.py', bytes: 900 },
      { path: 'tests/test_lib.py', bytes: 400 },
    ],
    listed: true,
    git: { commits: 3, bytes: 4096, changed: 0, untracked: 0, submodules: 0, shallow: false, dubiousOwnership: false },
    nestedRepositories: [],
    lfsPointers: [],
    manifests: {},
    compiled: null,
    goBuildsWarm: false,
    trials: [],
    baselineProblem: null,
    wipeProblem: null,
    ...changes,
  };
}
