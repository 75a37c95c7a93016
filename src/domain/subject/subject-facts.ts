/** What was found in a sandbox of a subject, before anything is judged. */
export interface SubjectFacts {
  /** Absolute path of the source tree inside the sandbox. */
  readonly treeRoot: string;
  /** Who commands run as. */
  readonly user: Account;
  /** Who the tree's root belongs to. */
  readonly owner: Account;
  readonly writable: boolean;
  /** Those of `PROGRAMS` that are on PATH. */
  readonly programs: readonly string[];
  /** Regular files outside `.git`. */
  readonly files: readonly SubjectFile[];
  /** False where the tree has more files than a listing can hold. */
  readonly listed: boolean;
  /** Null where the tree is no git repository. */
  readonly git: GitFacts | null;
  /** Paths of other repositories inside the tree, submodules among them. */
  readonly nestedRepositories: readonly string[];
  /** Files whose content git LFS has not fetched. */
  readonly lfsPointers: readonly string[];
  /** The text of files that say how tests are run, by path. */
  readonly manifests: Readonly<Record<string, string>>;
  /** What was compiled ahead for all sandboxes of the tree, in words; null where nothing was. */
  readonly compiled: string | null;
  /** The go command finds packages that were compiled before, whoever did. */
  readonly goBuildsWarm: boolean;
  /** What came of starting the test runners that are in place. */
  readonly trials: readonly RunnerTrial[];
  /** Why the commit before an injector starts cannot be made; null when it can. */
  readonly baselineProblem: string | null;
  /** Why the history cannot be wiped for a solver; null when it can. */
  readonly wipeProblem: string | null;
}

export interface RunnerTrial {
  readonly runner: string;
  /** Null when it did not end in time. */
  readonly exitCode: number | null;
  /** The last line that it said. */
  readonly said: string;
}

export interface Account {
  readonly name: string;
  readonly id: number;
}

export interface SubjectFile {
  readonly path: string;
  readonly bytes: number;
}

export interface GitFacts {
  readonly commits: number;
  /** Of `.git`. */
  readonly bytes: number;
  /** Tracked files that differ from the last commit. */
  readonly changed: number;
  /** Files and directories that git neither tracks nor ignores. */
  readonly untracked: number;
  readonly submodules: number;
  readonly shallow: boolean;
  /** git refuses the tree to this user, because it belongs to another one. */
  readonly dubiousOwnership: boolean;
}

/** What agents and test runners may want; which of it a tree needs, its files tell. */
export const PROGRAMS = [
  ...['bash', 'git', 'python3', 'pytest', 'node', 'npm', 'mocha', 'vitest', 'jest', 'tape', 'tap', 'ava', 'tsc'],
  ...['go', 'cargo', 'make'],
] as const;

/** Files at the tree's root that say how tests are run. */
export const MANIFESTS = ['package.json', 'pyproject.toml', 'setup.cfg', 'tox.ini', 'pytest.ini', 'Makefile'] as const;
