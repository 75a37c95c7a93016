import { splitDiff } from './diff-sections.ts';
import { readDiff } from './unified-diff.ts';

/**
 * A git diff without what says nothing about the change: `index` lines, the function names behind hunk headers, white
 * space at the end of context lines, the order of the files. Two diffs with the same normal form make the same tree of
 * the same source. A diff that cannot be read is its own normal form.
 */
export function normalDiff(text: string): string {
  const splitting = splitDiff(text);
  if (!splitting.readable) return text;
  return splitting.sections
    .map(({ text: section }) => section.replace(/\n+$/, '').split('\n').flatMap(normalLine).join('\n'))
    .sort()
    .map((section) => `${section}\n`)
    .join('');
}

/**
 * What a diff changes, as things that can be counted: each added or removed line with its file, its sign and the last
 * line of the original before it, without white space. Line numbers play no part, and neither do added lines that are
 * empty or comments: they make no other bug.
 */
export function changedShingles(text: string): readonly string[] {
  const reading = readDiff(text);
  if (!reading.readable) return [];
  const splitting = splitDiff(text);
  const sections = splitting.readable ? splitting.sections : [];
  // Readable diffs have a section for each file, in their order.
  const all = sections.flatMap((section, index) => {
    const file = reading.files[index];
    return file === undefined ? [] : shinglesOf(section.text, file.path, `${file.kind}${file.special ?? ''}`);
  });
  return numbered(all);
}

function normalLine(line: string): readonly string[] {
  if (/^index [0-9a-f]+\.\.[0-9a-f]+/.test(line)) return [];
  const [hunk] = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.exec(line) ?? [];
  if (hunk !== undefined) return [hunk];
  return [line.startsWith(' ') ? line.trimEnd() : line];
}

function shinglesOf(section: string, path: string, kind: string): readonly string[] {
  const lines = section.split('\n');
  const start = lines.findIndex((line) => line.startsWith('@@ '));
  // A file that only changes its name, mode or bytes is one thing that is changed.
  if (start < 0) return [shingle(path, kind, section)];
  const shingles: string[] = [];
  let before = '';
  for (const line of lines.slice(start)) {
    const content = line.slice(1);
    if (line.startsWith('@@ ')) before = '';
    else if (changesCode(line)) shingles.push(shingle(path, line, before));
    if (/^[- ]/.test(line) && content.trim() !== '') before = content;
  }
  return shingles;
}

function shingle(path: string, line: string, before: string): string {
  return [path, line, before].map((part) => part.replace(/\s+/g, '')).join('\n');
}

function changesCode(line: string): boolean {
  return /^[-+].*\S/.test(line) && !/^\+\s*(?:#(?:\s|$)|\/\/)/.test(line);
}

/** The second time that a thing comes is another thing, so that sets of them count like multisets. */
function numbered(items: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const count = (seen.get(item) ?? 0) + 1;
    seen.set(item, count);
    return `${item}\n${count}`;
  });
}
