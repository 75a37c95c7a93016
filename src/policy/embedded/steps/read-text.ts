import { look, quote, type Steps } from './steps.ts';

/** Reads text files of the tree; those that are not there, are not text or are too long are left out. */
export function* readTexts(sourceTree: string, paths: readonly string[]): Steps<ReadonlyMap<string, string>> {
  const texts = new Map(yield* readTogether(sourceTree, paths));
  if (paths.length <= 1) return texts;
  // What one result has no room for may have room in one of its own.
  for (const path of paths.filter((each) => !texts.has(each)))
    for (const [, text] of yield* readTogether(sourceTree, [path])) texts.set(path, text);
  return texts;
}

function* readTogether(sourceTree: string, paths: readonly string[]): Steps<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map();
  // The marks keep a file's own line breaks at its end apart from those of the observation, and one file from the next.
  const readings = paths.map(
    (path, index) => `cat -- ${quote(path)} && echo "[end of file ${index + 1}: $(wc -c < ${quote(path)}) bytes]"`,
  );
  const { output } = yield* look(`cd ${quote(sourceTree)} && { ${readings.join('; ')}; }`);
  const texts = new Map<string, string>();
  let rest = output;
  for (const [index, path] of paths.entries()) {
    const mark = new RegExp(`\\[end of file ${index + 1}: *(\\d+) bytes\\]\n`).exec(`${rest}\n`);
    if (mark === null) continue;
    const text = rest.slice(0, mark.index);
    // Of a long output the middle is left out, and what is not UTF-8 does not come back as it was.
    if (Buffer.byteLength(text) === Number(mark[1])) texts.set(path, text);
    rest = rest.slice(mark.index + mark[0].length);
  }
  return texts;
}
