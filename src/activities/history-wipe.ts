import { type GitOptions, runHardenedGit, scriptOutput, scriptProblem } from './hardened-git.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** `audit` is one line with the counts that prove it. */
export type HistoryWipe =
  { readonly wiped: true; readonly audit: string } | { readonly wiped: false; readonly problem: string };

/**
 * Every `.git` goes, at any depth and of any kind; where one is a link or a file, what it points to must not be
 * readable any more either, nor objects that it shares: of those only an empty directory may be left. Files that were
 * tracked although they are ignored stay tracked: a later diff must show changes to them.
 */
const WIPE = `
assert_all_visible
tracked=$(mktemp) || explain "no temporary file can be made"
trap 'rm -f "$tracked"' EXIT
if [ -d .git ] && [ ! -L .git ]; then
  g ls-files -s -z 2> /dev/null | tr '\\0\\n' '\\n\\1' | grep -v '^160000 ' | cut -f 2- |
    while IFS= read -r file; do [ -d "$file" ] && [ ! -L "$file" ] || printf '%s\\n' "$file"; done |
    tr '\\n\\1' '\\0\\n' > "$tracked"
fi
targets=$(find . -name .git \\( -type l -o -type f \\) -print | while IFS= read -r pointer; do
  if [ -L "$pointer" ]; then readlink -f "$pointer"
  else (cd "$(dirname "$pointer")" && readlink -f "$(sed -n 's/^gitdir: //p' .git)"); fi
done)
find . -name .git -prune -exec chmod -R u+rwX {} + 2> /dev/null
shared=$(find . -path '*/.git/*' -path '*/objects/info/alternates' -print 2> /dev/null | while IFS= read -r list; do
  grep -v '^#' "$list" | while IFS= read -r store; do
    case $store in /*) readlink -f "$store" ;; *) readlink -f "\${list%/info/alternates}/$store" ;; esac
  done
done)
find . -name .git -prune -exec rm -rf {} + || explain "a .git cannot be removed"
printf '%s\\n' "$targets" | while IFS= read -r target; do
  [ -z "$target" ] || [ ! -e "$target" ] || { echo "a .git pointed to $target, which is still there"; exit 1; }
done || exit 99
printf '%s\\n' "$shared" | while IFS= read -r store; do
  [ -z "$store" ] || [ -z "$(ls -A "$store" 2> /dev/null)" ] || { echo "a .git shares $store, which is still there"; exit 1; }
done || exit 99
start_repository || explain "git init failed"
no_filters || explain ".git cannot be written"
g add -A . || explain "the tree cannot be added"
g update-index --add --remove -z --stdin < "$tracked" || explain "the tracked files cannot be added"
g commit -q --allow-empty --no-verify --no-gpg-sign -m baseline || explain "the tree cannot be committed"
`;

/**
 * Trusts nothing that the wipe did: counts the objects in the database and those that the one commit reaches, looks
 * for every other place where git keeps history, and for repositories under another name anywhere in the tree.
 */
const AUDIT = `
work=$(mktemp -d) || explain "no temporary directory can be made"
trap 'rm -rf "$work"' EXIT
[ -d .git ] && [ ! -L .git ] || explain ".git is not a directory"
g cat-file --batch-all-objects --batch-check='%(objectname)' | sort > "$work/all" || explain "objects cannot be listed"
g rev-list --objects --no-object-names HEAD | sort -u > "$work/reached" || explain "HEAD cannot be read"
cmp -s "$work/all" "$work/reached" || explain "the object database holds more than the new commit"
commits=$(g rev-list --all --reflog | wc -l); [ "$commits" -eq 1 ] || explain "there are $commits commits"
refs=$(g for-each-ref --format='%(refname)'); [ "$refs" = refs/heads/main ] || explain "there are other refs: $refs"
for place in logs worktrees modules packed-refs shallow FETCH_HEAD ORIG_HEAD MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD \\
  rebase-merge rebase-apply sequencer annex lfs refs/stash refs/notes refs/replace refs/original refs/remotes \\
  objects/info/alternates objects/info/http-alternates objects/info/commit-graph info/grafts; do
  [ ! -e ".git/$place" ] || explain ".git/$place is still there"
done
for place in $(ls -A .git); do
  case $place in HEAD | config | description | index | info | objects | refs | branches | hooks | COMMIT_EDITMSG) ;;
    *) explain "a fresh repository has no .git/$place" ;; esac
done
[ -z "$(find .git -name '*.promisor' -o -name '*.bundle' -o -type l)" ] || explain ".git holds promisor packs or links"
assert_all_visible
nested=$(find . -path ./.git -prune -o -name .git -print | head -3)
[ -z "$nested" ] || explain "there is another .git: $nested"
elsewhere=$(find . -path ./.git -prune -o \\( \\
  -type f \\( -name '*.pack' -o -name '*.bundle' \\) -exec sh -c 'head -c 20 "$1" | grep -aq "^PACK\\|git bundle"' _ {} \\; \\
  -o -type d -name objects -exec sh -c 'test -e "$1/../HEAD" && test -e "$1/../refs"' _ {} \\; \\) -print | head -3)
[ -z "$elsewhere" ] || explain "something in the tree looks like another repository: $elsewhere"
[ -z "$(g status --porcelain --untracked-files=normal)" ] || explain "the tree is not clean after the commit"
echo "1 commit, 1 ref, $(wc -l < "$work/all") objects, all of the new commit; $(g ls-files | wc -l) files tracked;" \\
  "no reflog, stash, worktree, alternates, promisor pack, submodule or other repository"
`;

/**
 * Replaces all history by one fresh commit and audits the result; fails closed (SPEC 6).
 *
 * The commit has a fixed author and date, so that the same tree gives the same commit.
 */
export async function wipeHistory(sandbox: Sandbox, options: GitOptions = {}): Promise<HistoryWipe> {
  const wipe = await runHardenedGit(sandbox, WIPE, { commandId: 'wipe-history', ...options });
  const problem = scriptProblem(wipe);
  if (problem !== undefined) return { wiped: false, problem };
  return auditHistory(sandbox, { ...options, commandId: `${options.commandId ?? 'wipe-history'}-audit` });
}

/** Whether nothing of an earlier history can be found in the tree. */
export async function auditHistory(sandbox: Sandbox, options: GitOptions = {}): Promise<HistoryWipe> {
  const result = await runHardenedGit(sandbox, AUDIT, { commandId: 'audit-history', ...options });
  const problem = scriptProblem(result);
  return problem === undefined ? { wiped: true, audit: scriptOutput(result) } : { wiped: false, problem };
}
