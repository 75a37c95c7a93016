import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { changed, git, writeTree, type ArtifactTexts, type Tree } from '../support/artifact-fixture.ts';
import type { ArtifactPlan, Change, PatchPlan, Project } from './trial.ts';

/** The git diff that a change makes of a tree; only the touched files are looked at. */
export function diffOf(tree: Tree, change: Change): string {
  const before = Object.fromEntries(Object.entries(tree).filter(([path]) => path in change));
  const scratch = mkdtempSync(join(tmpdir(), 'selfplay-red-team-diff-'));
  try {
    writeTree(scratch, before);
    git(scratch, 'init', '-q');
    // What a hostile tree says about its files must not change what the diff says.
    writeFileSync(join(scratch, '.git/info/attributes'), '* !text !eol !filter !working-tree-encoding !ident\n');
    commit(scratch);
    git(scratch, 'rm', '-rqf', '--ignore-unmatch', '.');
    writeTree(scratch, changed(before, change));
    git(scratch, 'add', '-A', '-f');
    return git(scratch, 'diff', '--cached', '--no-color', '--no-ext-diff', '--no-renames', '--binary', 'HEAD');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The git diff that adds a file of these bytes. */
export function diffOfBytes(path: string, bytes: Uint8Array): string {
  const scratch = mkdtempSync(join(tmpdir(), 'selfplay-red-team-diff-'));
  try {
    git(scratch, 'init', '-q');
    commit(scratch);
    mkdirSync(join(scratch, dirname(path)), { recursive: true });
    writeFileSync(join(scratch, path), bytes);
    git(scratch, 'add', '-A', '-f');
    return git(scratch, 'diff', '--cached', '--no-color', '--no-ext-diff', '--binary', 'HEAD');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function commit(directory: string): void {
  git(directory, 'add', '-A', '-f');
  git(directory, 'commit', '-q', '--allow-empty', '-m', 'before');
}

/** The five files of a plan: the project's own with the plan's changes. */
export function artifactOf(project: Project, plan: Partial<ArtifactPlan>): ArtifactTexts {
  const original = originalOf(project, plan);
  const bug = plan.bug ?? project.bug;
  const inWords = plan.bug === undefined ? project.bugDiff : undefined;
  const own = {
    'test_script.sh': project.testScript,
    'test_files.txt': project.testFiles,
    'test_parser.py': project.testParser,
    'bug_inject.diff': inWords ?? diffOf(original, bug),
    'test_weaken.diff': diffOf(changed(original, bug), plan.weakening ?? project.weakening),
  };
  const changes = typeof plan.files === 'function' ? plan.files(own) : plan.files;
  return { ...own, ...changes };
}

/** The text of a plan's patch, made on the tree that the solver gets. */
export function patchOf(project: Project, plan: PatchPlan): string {
  const solvers = changed(originalOf(project, plan), project.bug, project.weakening);
  const own = { diffOf: (change: Change) => diffOf(solvers, change) };
  if (typeof plan.diff === 'function') return plan.diff(own);
  return plan.diff ?? own.diffOf(plan.change ?? {});
}

/** The subject's files as far as trials know them. */
export function originalOf(project: Project, { subject = {} }: { readonly subject?: Change }): Tree {
  return changed(project.original, subject);
}
