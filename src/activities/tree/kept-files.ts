import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { runOnPaths, scriptOutput, scriptProblem } from './hardened-git.ts';
import { isMachineFault } from './tree-state.ts';

/** Files of the tree, kept beside it while a prediction is applied; nothing of the prediction has run by then. */
export interface KeptFiles {
  /** Where they lie in the sandbox. */
  readonly place: string;
}

const KEEP = `
kept=$(mktemp -d) || lack "no temporary directory can be made"
xargs -0 sh -c 'for path; do if [ -L "$path" ] || [ -f "$path" ]; then printf "%s\\\\0" "$path"; fi; done' sh > "$kept.list" &&
  xargs -0 -r cp -a --parents -t "$kept" -- < "$kept.list" || lack "files cannot be kept"
echo "$kept"
`;

/**
 * Whatever stands there goes first, with links in place of a directory on the way; folders that are new and empty go
 * last. What `xargs` could not run, or somebody killed (124 to 127), says nothing about the tree.
 */
const PUT_BACK = `
blame() { [ "$1" -lt 124 ] || lack "$2"; explain "$2"; }
kept=$1
cat > "$kept.wanted" || lack "nothing can be written"
xargs -0 -r rm -rf -- < "$kept.wanted" || blame $? "what the prediction made cannot be removed"
(cd "$kept" && xargs -0 sh -c 'for path; do if [ -L "$path" ] || [ -e "$path" ]; then printf "%s\\\\0" "$path"; fi; done' sh) \\
  < "$kept.wanted" > "$kept.back" || lack "kept files cannot be found"
tree=$PWD
(cd "$kept" && xargs -0 -r cp -a --parents -t "$tree" -- < "$kept.back") || {
  code=$?; work=$kept; assert_room; blame "$code" "files cannot be put back"
}
while IFS= read -r folder; do rmdir -p -- "$folder" 2> /dev/null; done <<END
$(xargs -0 -n 100 dirname -z -- < "$kept.wanted" 2> /dev/null | tr '\\0' '\\n' | sort -ru | grep -v '^[.]$')
END
rm -rf "$kept" "$kept.list" "$kept.wanted" "$kept.back"
`;

/** Keeps those of the paths that are files or links now. */
export async function keepFiles(sandbox: Sandbox, paths: readonly string[], signal: AbortSignal): Promise<KeptFiles> {
  const result = await runOnPaths(sandbox, { script: KEEP, paths, parameters: [], signal });
  const problem = scriptProblem(result);
  if (problem !== undefined)
    throw new SandboxUnavailableError(`files could not be kept in sandbox ${sandbox.id}: ${problem}`);
  return { place: scriptOutput(result) };
}

/**
 * Makes paths what they were when they were kept: absent, or the same file or link. The reason why that is impossible is
 * a value, for only the prediction can have made it so.
 */
export async function putBackKept(
  sandbox: Sandbox,
  { place }: KeptFiles,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const result = await runOnPaths(sandbox, { script: PUT_BACK, paths, parameters: [place], signal });
  const problem = scriptProblem(result);
  if (problem === undefined) return undefined;
  if (isMachineFault(result) && result.exitCode !== 99)
    throw new SandboxUnavailableError(`files could not be put back in sandbox ${sandbox.id}: ${problem}`);
  return problem;
}
