/** One replacement in a text; offsets in UTF-16 units, as in JavaScript strings. */
export interface SourceEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

export function applyEdit(text: string, { start, end, replacement }: SourceEdit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Edits that do not overlap, applied from the last to the first so that offsets stay right. */
export function applyEdits(text: string, edits: readonly SourceEdit[]): string {
  return [...edits].sort((one, other) => other.start - one.start).reduce(applyEdit, text);
}

/** Offset of the first character of the line that `offset` is in. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset just behind the line break that ends the line of `offset`. */
export function nextLineStart(text: string, offset: number): number {
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}

/** Zero-based number of the line that `offset` is in. */
export function lineOf(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** White space that the line of `offset` begins with. */
export function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}
