import type { Sandbox } from '../../sandbox/sandbox.ts';
import { neutralEdit } from '../../syntax/neutral-edit.ts';
import { encodingOf } from '../tree/tree-texts.ts';
import { writeFile } from '../tree/write-file.ts';

/** Files of a bug are sources of sane size. */
const SOURCE_LIMIT_BYTES = 2 * 1024 * 1024;

/**
 * Puts comments into each of the files that is there; says which, and which are in no known language (neutral-edit). A file
 * keeps its mode; one that its mode protects stays as it is.
 */
export async function editNeutrally(
  sandbox: Sandbox,
  paths: readonly string[],
  seed: number,
): Promise<{ readonly commented: readonly string[]; readonly notDone: readonly string[] }> {
  const commented: string[] = [];
  const notDone: string[] = [];
  for (const path of paths) {
    const target = `${sandbox.treeRoot}/${path}`;
    const reading = await sandbox.read(target, { maxBytes: SOURCE_LIMIT_BYTES });
    if (!reading.found && reading.problem === 'missing') continue;
    const edited = reading.found ? editedContent(path, reading.content, seed) : undefined;
    const done = edited !== undefined && (await writeFile(sandbox, target, edited)) === undefined;
    (done ? commented : notDone).push(path);
  }
  return { commented, notDone };
}

function editedContent(path: string, content: Uint8Array, seed: number): Uint8Array | undefined {
  const encoding = encodingOf(content);
  const edited = neutralEdit(path, Buffer.from(content).toString(encoding), seed);
  return edited === undefined ? undefined : Buffer.from(edited, encoding);
}
