import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { runTool } from './tree-state.ts';

/**
 * Writes a file of ours into a tree before anything of it has run; the sentence says why the tree does not let it be
 * written. What can fill a disk by then is bounded (a diff, a tree of the image), so a full one is the machine's:
 * `SandboxUnavailableError`. Not for what an agent asks to be written, whose own doing a full disk may be.
 */
export async function writeFile(
  sandbox: Sandbox,
  path: string,
  content: Uint8Array,
  options: { readonly executable?: boolean } = {},
): Promise<string | undefined> {
  const writing = await sandbox.write(path, content, options);
  if (writing.written) return undefined;
  if (writing.problem === 'no-space')
    throw new SandboxUnavailableError(`there is no room in sandbox ${sandbox.id} to write ${path}`);
  return writing.problem;
}

/** Removes what stands at a path: a link or a directory in place of a file is never followed or written through. */
export async function clear(sandbox: Sandbox, target: string): Promise<void> {
  const { ending, exitCode } = await runTool(sandbox, ['rm', '-rf', '--', target]);
  if (ending !== 'exited' || (exitCode ?? 0) > 128)
    throw new SandboxUnavailableError(`removing ${target} did not end in sandbox ${sandbox.id}`);
}
