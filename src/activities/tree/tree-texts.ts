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
