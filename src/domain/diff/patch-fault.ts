/**
 * Why git does not take a diff that it was given, where the text alone shows it: git says no more than "corrupt patch" or
 * "patch does not apply" then. Undefined where the text is as git writes it.
 */
export function patchFault(diff: string): string | undefined {
  if (!diff.endsWith('\n')) return 'its last line does not end with a line feed';
  const lines = diff.split('\n');
  const starts = lines.flatMap((line, index) => (HUNK_HEADER.test(line) ? [index] : []));
  if (starts.length === 0) return undefined;
  const hunks = starts.map((start) => bodyOf(lines, start + 1));
  // A file that is added, emptied or one line long has nothing around its change.
  if (
    hunks.some((hunk, index) => hunk.every((line) => !isContext(line)) && !isWholeFile(lines[starts[index] ?? 0] ?? ''))
  )
    return WITHOUT_CONTEXT;
  const changes = hunks.flat().filter((line) => /^[-+ ]/.test(line));
  return changes.every((line) => line.endsWith('\r')) ? 'every line of its hunks ends with CR LF' : undefined;
}

/**
 * What git would put elsewhere without a word: a hunk that only inserts, and says nothing of what stands around it, ends up
 * at the end of the file. Undefined where there is none.
 */
export function misplacedByGit(diff: string): string | undefined {
  const lines = diff.split('\n');
  const misplaced = lines.some(
    (line, index) => /^@@ -[1-9]\d{0,8},0 \+/.test(line) && /^[-+ \\]/.test(lines[index - 1] ?? ''),
  );
  return misplaced ? WITHOUT_CONTEXT : undefined;
}

const WITHOUT_CONTEXT = 'it has hunks without lines of context, as -U0 makes them';

const HUNK_HEADER = /^@@ -\d{1,9}(?:,\d{1,9})? \+\d{1,9}(?:,\d{1,9})? @@/;

function bodyOf(lines: readonly string[], start: number): readonly string[] {
  const end = lines.findIndex((line, index) => index >= start && !/^[-+ \\]/.test(line) && line !== '');
  const body = lines.slice(start, end === -1 ? undefined : end);
  return body.filter((line) => line !== '');
}

function isContext(line: string): boolean {
  return line.startsWith(' ');
}

function isWholeFile(header: string): boolean {
  return /^@@ -(?:0,0 \+1|1(?:,\d+)? \+0,0|1 \+1)(?:,\d+)? @@/.test(header);
}
