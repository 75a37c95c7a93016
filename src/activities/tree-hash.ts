import { SandboxUnavailableError } from '../domain/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { outputText } from './command-output.ts';
import { runTool } from './tree-state.ts';

/**
 * Git's hash of the tree as it stands, ignored files left out. A repository and index of their own are used, so that
 * the tree's own `.git`, its configuration and hooks play no part and nothing of the tree changes.
 */
const SCRIPT = `
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
git init -q --bare "$dir"
git --git-dir="$dir" --work-tree=. -c core.autocrlf=false -c core.fsmonitor=false -c core.hooksPath=/dev/null add -A .
git --git-dir="$dir" --work-tree=. write-tree
`;

export async function treeHash(sandbox: Sandbox, signal: AbortSignal): Promise<string> {
  const result = await runTool(sandbox, ['bash', '-c', SCRIPT], { signal });
  const output = outputText(result.stdout).trim();
  const hash = output.split('\n').at(-1) ?? '';
  if (result.exitCode === 0 && /^[0-9a-f]{40,64}$/.test(hash)) return hash;
  throw new SandboxUnavailableError(`git could not hash the tree in sandbox ${sandbox.id}: ${output.slice(-500)}`);
}
