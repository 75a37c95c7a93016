/** A change of a source text: what to put at an offset. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
  /** How many characters go in exchange; none by default. */
  readonly replaces?: number;
}

/** The text with all changes made; offsets are those of the text before. */
export function insertAll(source: string, insertions: readonly Insertion[]): string {
  const ordered = [...insertions].sort((one, other) => one.at - other.at);
  const pieces: string[] = [];
  let done = 0;
  for (const { at, text, replaces = 0 } of ordered) {
    pieces.push(source.slice(done, at), text);
    done = at + replaces;
  }
  return pieces.join('') + source.slice(done);
}
