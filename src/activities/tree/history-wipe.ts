import { randomUUID } from 'node:crypto';

import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.ts';
import { EXPLAINED, type GitOptions, runHardenedGit, scriptOutput, scriptProblem } from './hardened-git.ts';

/** `audit` is one line with the counts that prove it. */
export type HistoryWipe = { readonly wiped: true; readonly audit: string } | NotWiped;

/** A history that is there for good is the image's fault; git that cannot work is the machine's. */
export interface NotWiped {
  readonly wiped: false;
  readonly fault: 'image' | 'machine';
  readonly problem: string;
}

/** Files that were tracked although they are ignored stay tracked: a later diff must show changes to them. */
const NOTE_TRACKED = `
assert_all_visible
work=$(mktemp -d) || lack "no temporary directory can be made"
trap 'rm -rf "$work"' EXIT
if [ -d .git ] && [ ! -L .git ]; then
  g ls-files -s -z 2> /dev/null | tr '\\0\\n' '\\n\\1' | grep -v '^160000 ' | cut -f 2- |
    while IFS= read -r file; do [ -d "$file" ] && [ ! -L "$file" ] || printf '%s\\n' "$file"; done |
    tr '\\n\\1' '\\0\\n' > "$work/tracked"
fi
`;

const OPEN = 'find . -name .git -prune -exec chmod -R u+rwX {} + 2> /dev/null\n';

/** What a `.git` that is a link or a file points to, and the objects that one shares. */
const NOTE_ELSEWHERE = `
targets=$(find . -name .git \\( -type l -o -type f \\) -print | while IFS= read -r pointer; do
  if [ -L "$pointer" ]; then readlink -f "$pointer"
  else (cd "$(dirname "$pointer")" && readlink -f "$(sed -n 's/^gitdir: //p' .git)"); fi
done)
shared=$(find . -path '*/.git/*' -path '*/objects/info/alternates' -print 2> /dev/null | while IFS= read -r list; do
  grep -v '^#' "$list" | while IFS= read -r store; do
    case $store in /*) readlink -f "$store" ;; *) readlink -f "\${list%/info/alternates}/$store" ;; esac
  done
done)
`;

/** Every `.git` goes, at any depth and of any kind. */
const REMOVE = `
find . -name .git -prune -exec rm -rf {} + || explain "a .git cannot be removed"
`;

/** What was elsewhere must not be readable any more either: of shared objects only an empty directory may be left. */
const ASSERT_NOTHING_ELSEWHERE = `
printf '%s\\n' "$targets" | while IFS= read -r target; do
  [ -z "$target" ] || [ ! -e "$target" ] || { echo "a .git pointed to $target, which is still there"; exit 1; }
done || exit 99
printf '%s\\n' "$shared" | while IFS= read -r store; do
  [ -z "$store" ] || [ -z "$(ls -A "$store" 2> /dev/null)" ] || { echo "a .git shares $store, which is still there"; exit 1; }
done || exit 99
`;

const COMMIT = `
start_repository || stuck "git init failed"
no_filters || stuck ".git cannot be written"
g add -A . || stuck "the tree cannot be added"
[ ! -e "$work/tracked" ] || g update-index --add --remove -z --stdin < "$work/tracked" ||
  stuck "the tracked files cannot be added"
g commit -q --allow-empty --no-verify --no-gpg-sign -m baseline || stuck "the tree cannot be committed"
`;

const WIPE = NOTE_TRACKED + OPEN + NOTE_ELSEWHERE + REMOVE + ASSERT_NOTHING_ELSEWHERE + COMMIT;
const START_ANEW = NOTE_TRACKED + OPEN + REMOVE + COMMIT;

/**
 * Trusts nothing that the wipe did: counts the objects in the database and those that the one commit reaches, looks
 * for every other place where git keeps history, and for repositories under another name anywhere in the tree.
 */
const AUDIT = `
work=$(mktemp -d) || lack "no temporary directory can be made"
trap 'rm -rf "$work"' EXIT
[ -d .git ] && [ ! -L .git ] || explain ".git is not a directory"
g cat-file --batch-all-objects --batch-check='%(objectname)' | sort > "$work/all" || stuck "objects cannot be listed"
g rev-list --objects --no-object-names HEAD | sort -u > "$work/reached" || stuck "HEAD cannot be read"
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
 * Replaces all history by one fresh commit and audits the result; fails closed (docs/specification.md#history-wipe).
 *
 * The commit has a fixed author and date, so that the same tree gives the same commit.
 */
export async function wipeHistory(sandbox: Sandbox, options: GitOptions = {}): Promise<HistoryWipe> {
  const wipe = await runHardenedGit(sandbox, WIPE, { commandId: 'wipe-history', ...options });
  const failure = notWiped(wipe);
  if (failure !== undefined) return failure;
  return auditHistory(sandbox, { ...options, commandId: `${options.commandId ?? 'wipe-history'}-audit` });
}

/**
 * The same without a look at what may be elsewhere, for trees in which tests run: each starts with one commit of itself, as the solver's does.
 * A patch that is judged finds no original in a history, and nothing in git tells a validation from a grading.
 */
export async function startHistoryAnew(sandbox: Sandbox, options: GitOptions = {}): Promise<void> {
  const failure = notWiped(await runHardenedGit(sandbox, START_ANEW, { commandId: randomUUID(), ...options }));
  options.signal?.throwIfAborted();
  if (failure !== undefined) throw historyError(failure);
}

/** The error for a history that stays: no agent made it, so nobody pays for it. */
export function historyError({ fault, problem }: NotWiped): ImageNotFoundError | SandboxUnavailableError {
  const sentence = `the history of the tree could not be taken away: ${problem}`;
  return fault === 'image' ? new ImageNotFoundError(sentence) : new SandboxUnavailableError(sentence);
}

function notWiped(result: CommandResult): NotWiped | undefined {
  const problem = scriptProblem(result);
  if (problem === undefined) return undefined;
  const explained = result.ending === 'exited' && result.exitCode === EXPLAINED;
  return { wiped: false, fault: explained ? 'image' : 'machine', problem };
}

/** Whether nothing of an earlier history can be found in the tree. */
export async function auditHistory(sandbox: Sandbox, options: GitOptions = {}): Promise<HistoryWipe> {
  const result = await runHardenedGit(sandbox, AUDIT, { commandId: 'audit-history', ...options });
  return notWiped(result) ?? { wiped: true, audit: scriptOutput(result) };
}
