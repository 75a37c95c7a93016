import { isUtf8 } from 'node:buffer';

import type { Sandbox } from '../../sandbox/sandbox.ts';

/** Texts of files of a tree by path; what is not there, not a file, or larger than `maxBytes` is left out. */
export async function readTexts(
  sandbox: Sandbox,
  paths: readonly string[],
  maxBytes: number,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const reading = await sandbox.read(`${sandbox.treeRoot}/${path}`, { maxBytes });
    if (reading.found) texts.set(path, Buffer.from(reading.content).toString('utf8'));
  }
  return texts;
}

/** How a text is read so that, written the same way, its bytes stay as they are, be they UTF-8 or not. */
export function encodingOf(content: Uint8Array): 'utf8' | 'latin1' {
  return isUtf8(content) ? 'utf8' : 'latin1';
}
