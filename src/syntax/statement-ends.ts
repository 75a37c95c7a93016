import { readSource } from './source-language.ts';

/**
 * Where a comment may stand behind code: the ends of top-level statements that have nothing else behind them on their
 * line, as offsets of the text. None where the language is not known or the text cannot be read.
 */
export function statementEnds(path: string, text: string): readonly number[] {
  const source = readSource(path, text);
  if (source?.errors !== 0) return [];
  const statements = source.root.children().filter((node) => node.isNamed() && !NO_CODE.has(String(node.kind())));
  const ends = statements.map((node) => endOfCode(text, node.range().end.index));
  return ends.filter((end) => /^[ \t\r]*(?:\n|$)/.test(text.slice(end)));
}

// The first line names the interpreter, and whatever stands on it is part of that.
const NO_CODE = new Set(['comment', 'hash_bang_line']);

/** Go's grammar takes the line end for a part of some statements. */
function endOfCode(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length;
}
