import { isUtf8 } from 'node:buffer';

import type { Sandbox } from '../sandbox/sandbox.ts';
import { neutralEdit } from '../syntax/neutral-edit.ts';
import { runTool } from './tree-state.ts';

/** Files of a bug are sources of sane size. */
const SOURCE_LIMIT_BYTES = 2 * 1024 * 1024;

/** Puts comments into each of the files that is there; says which, and which are in no known language (check 9). */
export async function editNeutrally(
  sandbox: Sandbox,
  paths: readonly string[],
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<{ readonly commented: readonly string[]; readonly notDone: readonly string[] }> {
  const commented: string[] = [];
  const notDone: string[] = [];
  for (const path of paths) {
    const target = `${sandbox.treeRoot}/${path}`;
    const reading = await sandbox.read(target, { maxBytes: SOURCE_LIMIT_BYTES });
    if (!reading.found && reading.problem === 'missing') continue;
    const edited = reading.found ? editedContent(path, reading.content, seed) : undefined;
    const done = edited !== undefined && (await overwrite(sandbox, target, edited, signal));
    (done ? commented : notDone).push(path);
  }
  return { commented, notDone };
}

/** Bytes that are no UTF-8 stay as they are. */
function editedContent(path: string, content: Uint8Array, seed: number): Uint8Array | undefined {
  const encoding = isUtf8(content) ? 'utf8' : 'latin1';
  const edited = neutralEdit(path, Buffer.from(content).toString(encoding), seed);
  return edited === undefined ? undefined : Buffer.from(edited, encoding);
}

// Written into, not replaced, so that the file keeps its mode; one that its mode protects stays as it is.
async function overwrite(sandbox: Sandbox, target: string, content: Uint8Array, signal: AbortSignal): Promise<boolean> {
  const argv = ['sh', '-c', 'cat > "$1"', 'overwrite', target] as const;
  const result = await runTool(sandbox, argv, { stdin: content, signal });
  return result.exitCode === 0;
}
