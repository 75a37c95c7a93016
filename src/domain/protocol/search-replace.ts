export type Replacement =
  { readonly applied: true; readonly text: string } | { readonly applied: false; readonly problem: string };

/**
 * Replaces consecutive whole lines that must occur exactly once (the scaffold's plugins/edit.py). An empty replacement
 * removes the lines.
 *
 * Replies carry no carriage returns, so lines are found without theirs, and those that are put in get what the lines
 * around them have: an edit never mixes the line ends of a file, nor takes its byte order mark.
 */
export function applySearchReplace(text: string, search: string, replace: string): Replacement {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const lines = text.slice(mark.length).split('\n');
  const wanted = search.split('\n');
  const places = occurrences(lines.map(withoutReturn), wanted);
  const [place] = places;
  if (place === undefined) {
    return {
      applied: false,
      problem: 'the search lines do not appear verbatim; they must match whole lines, indentation included',
    };
  }
  if (places.length > 1) {
    const numbers = places.slice(0, 20).map((start) => start + 1);
    return {
      applied: false,
      problem: `the search lines appear ${places.length} times, at lines ${numbers.join(', ')}; they must be unique`,
    };
  }
  const end = place + wanted.length;
  const replacement = withLineEndsOf(lines, { place, end }, replace === '' ? [] : replace.split('\n'));
  return { applied: true, text: mark + replacement.join('\n') };
}

const BYTE_ORDER_MARK = '\uFEFF';

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The lines with those from `place` to `end` replaced. The file's last line has no line end, whoever it is. */
function withLineEndsOf(
  lines: readonly string[],
  { place, end }: { readonly place: number; readonly end: number },
  replacement: readonly string[],
): readonly string[] {
  const atEnd = end === lines.length;
  const last = lines[end - 1] ?? '';
  const like = atEnd ? (lines[end - 2] ?? '') : last;
  const fitted = replacement.map((line, index) =>
    (index === replacement.length - 1 ? last : like).endsWith('\r') ? `${line}\r` : line,
  );
  const edited = [...lines.slice(0, place), ...fitted, ...lines.slice(end)];
  const loseTheLast = atEnd && replacement.length === 0;
  return loseTheLast ? [...edited.slice(0, -1), ...edited.slice(-1).map(withoutReturn)] : edited;
}

/**
 * Where the wanted lines begin, overlapping places included, by Knuth, Morris and Pratt: a file and a search of blank
 * lines, a few megabytes each, would hold up the worker for hours with every place tried.
 */
function occurrences(lines: readonly string[], wanted: readonly string[]): readonly number[] {
  // How many lines of the wanted still match when the line behind so many does not.
  const fallback = [0];
  const advance = (line: string | undefined, matched: number): number => {
    let length = matched;
    while (length > 0 && wanted[length] !== line) length = fallback[length - 1] ?? 0;
    return wanted[length] === line ? length + 1 : length;
  };
  for (const line of wanted.slice(1)) fallback.push(advance(line, fallback.at(-1) ?? 0));
  const places: number[] = [];
  let matched = 0;
  for (const [index, line] of lines.entries()) {
    matched = advance(line, matched);
    if (matched === wanted.length) places.push(index - wanted.length + 1);
  }
  return places;
}
