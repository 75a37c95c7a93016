/** Text to put at an offset of a source text. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** The text with all insertions made; offsets are those of the text before. */
export function insertAll(source: string, insertions: readonly Insertion[]): string {
  const ordered = [...insertions].sort((one, other) => one.at - other.at);
  const pieces: string[] = [];
  let done = 0;
  for (const { at, text } of ordered) {
    pieces.push(source.slice(done, at), text);
    done = at;
  }
  return pieces.join('') + source.slice(done);
}
