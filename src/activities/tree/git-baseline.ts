import { type GitOptions, runHardenedGit, scriptOutput, scriptProblem } from './hardened-git.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

export type BaselineCommit =
  { readonly committed: true; readonly commit: string } | { readonly committed: false; readonly problem: string };

/**
 * The index is made anew from HEAD, because an old one can mark files as unchanged or left out (assume-unchanged,
 * skip-worktree), and changes hidden like that would show up in a later diff as the agent's.
 */
const COMMIT_BASELINE = `
if ! g rev-parse --git-dir > /dev/null 2>&1; then
  [ ! -d .git ] || [ -L .git ] || explain "$PWD/.git is a directory but not a git repository"
  rm -f .git
  start_repository || explain "git init failed"
fi
no_filters || explain "$PWD/.git cannot be written"
rm -f .git/index .git/index.lock .git/info/sparse-checkout
if g rev-parse -q --verify 'HEAD^{commit}' > /dev/null; then g read-tree HEAD || explain "HEAD cannot be read"; fi
g add -A . || explain "the tree cannot be added"
g commit -q --allow-empty --no-verify --no-gpg-sign -m baseline || explain "the tree cannot be committed"
[ -z "$(g status --porcelain --untracked-files=normal --ignore-submodules=all)" ] || explain "the tree is not clean after the commit"
g rev-parse HEAD
`;

/**
 * Commits everything that is tracked or could be (ignored files stay out), so that no stray change of the image can
 * slip into a later diff (docs/specification.md#strategies). Makes a repository where there is none.
 */
export async function commitBaseline(sandbox: Sandbox, options: GitOptions = {}): Promise<BaselineCommit> {
  const result = await runHardenedGit(sandbox, COMMIT_BASELINE, { commandId: 'commit-baseline', ...options });
  const problem = scriptProblem(result);
  if (problem !== undefined) return { committed: false, problem };
  return { committed: true, commit: scriptOutput(result).split('\n').at(-1) ?? '' };
}
