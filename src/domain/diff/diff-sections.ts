/**
 * One file's part of a git diff, with its bytes as they are.
 *
 * The walk is stricter than `git apply`, which skips what it does not understand: whatever is accepted here, git, jsdiff
 * and this project read in the same way.
 */
export interface DiffSection {
  readonly text: string;
  /** `diff --git` and the extended header lines. */
  readonly header: readonly string[];
  /** The `---` and `+++` lines, when there are hunks. */
  readonly names: readonly [string, string] | undefined;
  readonly addedLines: readonly string[];
  readonly removedLines: readonly string[];
  readonly binary: boolean;
}

export type DiffSplitting =
  | { readonly readable: true; readonly sections: readonly DiffSection[] }
  | { readonly readable: false; readonly problem: string };

/**
 * Splits a git diff into its files; never throws, whatever the text (docs/specification.md#bug-artifact: the diffs come
 * from the agent).
 */
export function splitDiff(text: string): DiffSplitting {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (line.startsWith('diff --git ') ? [index] : []));
  if (starts[0] !== 0) return unreadable(0, 'does not begin with "diff --git"; only git diffs are read');
  // Lines of a file may end so; the lines that git writes around them never do.
  if (lines[0]?.endsWith('\r') === true) return unreadable(0, 'ends with CR LF; the lines of a git diff end with LF');
  const sections: DiffSection[] = [];
  for (const [position, start] of starts.entries()) {
    const end = starts[position + 1] ?? lines.length;
    const section = readSection(lines, start, end);
    if ('problem' in section) return { readable: false, problem: section.problem };
    sections.push(section);
  }
  return { readable: true, sections };
}

function unreadable(index: number, problem: string): { readonly readable: false; readonly problem: string } {
  return { readable: false, problem: `line ${index + 1} ${problem}` };
}

const EXTENDED_HEADER =
  /^(?:old mode|new mode|new file mode|deleted file mode) [0-7]{6}$|^(?:similarity|dissimilarity) index \d{1,3}%$|^(?:rename|copy) (?:from|to) .|^index [0-9a-f]+\.\.[0-9a-f]+(?: [0-7]{6})?$/;

function readSection(lines: readonly string[], start: number, end: number): DiffSection | { readonly problem: string } {
  let index = start + 1;
  while (index < end && EXTENDED_HEADER.test(lines[index] ?? '')) index += 1;
  const header = lines.slice(start, index);
  // The text of the last section ends without a line feed of its own.
  const text = lines.slice(start, end).join('\n') + (end < lines.length ? '\n' : '');
  const next = lines[index] ?? '';
  if (index < end && (next === BINARY_PATCH || /^Binary files .* differ$/.test(next))) {
    const stray = strayLine(lines, next === BINARY_PATCH ? endOfBinaryHunks(lines, index + 1) : index + 1, end);
    return stray ?? { text, header, names: undefined, addedLines: [], removedLines: [], binary: true };
  }
  if (index >= end || !next.startsWith('--- ')) {
    const stray = strayLine(lines, index, end);
    if (stray !== undefined) return stray;
    return { text, header, names: undefined, addedLines: [], removedLines: [], binary: false };
  }
  const newName = lines[index + 1] ?? '';
  if (index + 1 >= end || !newName.startsWith('+++ '))
    return unreadable(index + 1, 'is not the "+++" line that must follow "---"');
  const hunks = readHunks(lines, index + 2, end);
  return 'problem' in hunks ? hunks : { text, header, names: [next, newName], ...hunks, binary: false };
}

const BINARY_PATCH = 'GIT binary patch';

// Two hunks at most, forth and back, as `git apply` walks them: behind them it looks for the next file, and finds one
// that has no "diff --git" line too. Whether the data can be decoded is git's to say.
function endOfBinaryHunks(lines: readonly string[], start: number): number {
  let index = start;
  for (let hunk = 0; hunk < 2 && /^(?:literal|delta) \d{1,10}$/.test(lines[index] ?? ''); hunk += 1) {
    index += 1;
    while (/^[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5,65}$/.test(lines[index] ?? '')) index += 1;
    if (lines[index] !== '') return index;
    index += 1;
  }
  return index;
}

interface Hunks {
  readonly addedLines: readonly string[];
  readonly removedLines: readonly string[];
}

// Behind the marks stands a line of the file, with whatever characters it has.
const HUNK_HEADER = /^@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@(?: .*)?$/s;

function readHunks(lines: readonly string[], start: number, end: number): Hunks | { readonly problem: string } {
  const addedLines: string[] = [];
  const removedLines: string[] = [];
  let index = start;
  for (
    let match = HUNK_HEADER.exec(lines[index] ?? '');
    match && index < end;
    match = HUNK_HEADER.exec(lines[index] ?? '')
  ) {
    let oldLeft = Number(match[1] ?? 1);
    let newLeft = Number(match[2] ?? 1);
    index += 1;
    for (; oldLeft > 0 || newLeft > 0; index += 1) {
      const line = index < end ? lines[index] : undefined;
      // What follows the last line feed is no line, although an empty line is one of context to git.
      if (line === undefined || (line === '' && index === lines.length - 1))
        return unreadable(index, 'is missing: the hunk is shorter than its header says');
      const kind = line[0] ?? ' ';
      if (kind === '+') addedLines.push(line.slice(1));
      else if (kind === '-') removedLines.push(line.slice(1));
      else if (kind !== ' ' && kind !== '\\') return unreadable(index, 'does not belong into a hunk');
      if (kind === ' ' || kind === '-') oldLeft -= 1;
      if (kind === ' ' || kind === '+') newLeft -= 1;
      if (oldLeft < 0 || newLeft < 0) return unreadable(index, 'is beyond what the header of its hunk says');
    }
    if (index < end && (lines[index] ?? '').startsWith('\\')) index += 1;
  }
  if (index === start) return unreadable(index, 'is not a hunk header');
  return strayLine(lines, index, end) ?? { addedLines, removedLines };
}

// Empty lines after the last hunk are harmless; anything else might be read by git in its own way.
function strayLine(lines: readonly string[], start: number, end: number): { readonly problem: string } | undefined {
  for (let index = start; index < end; index += 1) {
    if (lines[index] !== '')
      return unreadable(index, `belongs to no file: ${JSON.stringify(lines[index]?.slice(0, 100))}`);
  }
  return undefined;
}
