import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** A tree as text by path; an executable file's path ends with `*`. */
export type Tree = Readonly<Record<string, string>>;

/** Runs what needs real git in a directory of its own, without the user's configuration. */
export function withGit<Result>(work: (git: Git) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-git-'));
  try {
    return work(createGit(directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export interface Git {
  /** The diff from one tree to another, as `git diff` writes it. */
  diff(before: Tree, after: Tree): string;
  /** The tree after `git apply`; throws what git says when it refuses. */
  apply(tree: Tree, diff: string): Tree;
}

function createGit(directory: string): Git {
  const run = (cwd: string, args: readonly string[], input?: string): string =>
    execFileSync('git', [...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input !== undefined && { input }),
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' },
    });
  const root = join(directory, 'tree');
  const reset = (tree: Tree): void => {
    rmSync(root, { recursive: true, force: true });
    write(root, tree);
  };
  const repository = `--git-dir=${join(directory, 'git')}`;
  const stage = (tree: Tree): string => {
    reset(tree);
    run(root, [repository, '--work-tree=.', 'add', '-A']);
    return run(root, [repository, 'write-tree']).trim();
  };
  run(directory, [repository, 'init', '-q']);
  return {
    diff: (before, after) => run(root, [repository, 'diff', '-M', stage(before), stage(after)]),
    apply: (tree, diff) => {
      reset(tree);
      run(root, ['apply', '-'], diff);
      return read(root);
    },
  };
}

function write(root: string, tree: Tree): void {
  mkdirSync(root, { recursive: true });
  for (const [name, text] of Object.entries(tree)) {
    const path = join(root, name.replace(/\*$/, ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: name.endsWith('*') ? 0o755 : 0o644 });
  }
}

function read(root: string, folder = root): Tree {
  const entries = readdirSync(folder).flatMap((name): [string, string][] => {
    const path = join(folder, name);
    const status = statSync(path);
    if (status.isDirectory()) return Object.entries(read(root, path));
    return [[relative(root, path) + (status.mode & 0o100 ? '*' : ''), readFileSync(path, 'utf8')]];
  });
  return Object.fromEntries(entries);
}
