import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { runOnPaths, scriptProblem } from './hardened-git.ts';

/** Some paths of the tree as they stood once; in a repository of their own beside it. */
export interface PathsAsTheyStood {
  readonly repository: string;
  readonly tree: string;
}

// Ignored files count like others here, so they are added by force. A path that is not there is in no tree.
const HASH = `
add_paths() {
  xargs -0 sh -c 'for path; do if [ -L "$path" ] || [ -f "$path" ]; then printf "%s\\0" "$path"; fi; done' sh \
    > "$work/paths" || lack "paths cannot be listed"
  if [ -s "$work/paths" ]; then
    o --literal-pathspecs add -f "--pathspec-from-file=$work/paths" --pathspec-file-nul || lack "files cannot be added"
  fi
  o write-tree || lack "the tree cannot be hashed"
}
`;

const TREE = `${HASH}
outside_repository
trap - EXIT
echo "$work"
add_paths
`;

const DIFF = `${HASH}
work=$1
rm -f "$work/git/index"
tree=$(add_paths) || exit 98
o diff --binary --full-index --no-renames --no-ext-diff --no-textconv --no-color --src-prefix=a/ --dst-prefix=b/ \\
  "$2" "$tree" || lack "the trees cannot be compared"
rm -rf "$work"
`;

/** Notes how the paths stand, for a later comparison. */
export async function treeOf(
  sandbox: Sandbox,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<PathsAsTheyStood> {
  const text = await outputOf(sandbox, { script: TREE, paths, parameters: [], signal });
  if (text === undefined) throw new RangeError('a path and a hash are no long output');
  const [repository = '', tree = ''] = text.trim().split('\n');
  return { repository, tree };
}

/** A diff of as many bytes as a submission may have, in base 85 at worst. */
const DIFF_CAP_BYTES = 16 * 1024 * 1024;

/**
 * The diff that leads from how the paths stood to how they stand, fit for a strict `git apply`; empty for none. Undefined
 * for one that is too large: a few bytes of a patch can take a large file away.
 */
export async function diffSince(
  sandbox: Sandbox,
  { repository, tree }: PathsAsTheyStood,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  return outputOf(sandbox, { script: DIFF, paths, parameters: [repository, tree], signal });
}

async function outputOf(
  sandbox: Sandbox,
  request: Omit<Parameters<typeof runOnPaths>[1], 'outputCapBytes'>,
): Promise<string | undefined> {
  const result = await runOnPaths(sandbox, { ...request, outputCapBytes: DIFF_CAP_BYTES });
  const problem = scriptProblem(result);
  if (problem !== undefined)
    throw new SandboxUnavailableError(`a diff could not be made in sandbox ${sandbox.id}: ${problem.slice(0, 500)}`);
  if (result.stdout.droppedBytes > 0) return undefined;
  return Buffer.concat([result.stdout.head, result.stdout.tail]).toString('utf8');
}
