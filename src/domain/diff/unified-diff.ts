import { formatPatch, parsePatch, reversePatch, type StructuredPatch } from 'diff';
import { splitDiff, type DiffSection } from './diff-sections.ts';
import { treePathProblem } from './tree-path.ts';

/** What a diff does to one file. A rename is one file (docs/specification.md#inverse-mutation). */
export interface FileChange {
  /** The path after the change; of a deleted file, the path it had. */
  readonly path: string;
  /** The path before a rename. */
  readonly oldPath?: string;
  /** What an added file begins as a copy of: lines that it has from there are not among the added ones. */
  readonly copyOf?: string;
  readonly kind: 'modified' | 'added' | 'deleted' | 'renamed';
  readonly modeChange?: { readonly from: string; readonly to: string };
  /** Content that no line shows. */
  readonly special?: 'binary' | 'symbolic-link' | 'submodule';
  readonly addedLines: readonly string[];
  readonly removedLines: readonly string[];
}

export type DiffReading =
  | { readonly readable: true; readonly files: readonly FileChange[] }
  | { readonly readable: false; readonly problem: string };

/**
 * Reads a git diff that someone else made (docs/specification.md#bug-artifact). What could mean two things is a
 * problem: a traditional diff, a path that leaves the tree, a file named twice, headers that contradict each other.
 */
export function readDiff(text: string): DiffReading {
  const splitting = splitDiff(text);
  if (!splitting.readable) return splitting;
  const files: FileChange[] = [];
  for (const section of splitting.sections) {
    const change = readChange(section);
    if (typeof change === 'string') return { readable: false, problem: change };
    files.push(change);
  }
  const doubled = firstDoubled(files.flatMap(pathsOf));
  return doubled === undefined
    ? { readable: true, files }
    : { readable: false, problem: `${quoted(doubled)} is named twice` };
}

/** The files of a diff that was found readable before; none for one that is not there or cannot be read. */
export function changesOf(text = ''): readonly FileChange[] {
  const reading = readDiff(text);
  return reading.readable ? reading.files : [];
}

/** Every path that a diff touches, both names of a rename, sorted. */
export function filesTouchedBy(files: readonly FileChange[]): readonly string[] {
  return [...new Set(files.flatMap(pathsOf))].sort();
}

/**
 * The diff that undoes a diff, fit for `git apply`: the reversed weakening is the solver's specification
 * (docs/specification.md#prompt-of-the-solver). The text must be readable, and without binary files and copies: no line
 * of a copied file is in it.
 */
export function reverseDiff(text: string): string {
  const reading = readDiff(text);
  if (!reading.readable) throw new RangeError(`no diff to reverse: ${reading.problem}`);
  const binary = reading.files.find((file) => file.special === 'binary');
  if (binary) throw new RangeError(`no diff to reverse: ${binary.path} is binary`);
  const copy = reading.files.find((file) => file.copyOf !== undefined);
  if (copy) throw new RangeError(`no diff to reverse: ${copy.path} is a copy`);
  return parsePatch(text)
    .map((patch) => formatPatch(removalsFirst(reversePatch(patch))))
    .join('');
}

/**
 * The part of a diff whose files are all kept, byte for byte as it was (docs/specification.md#higher-order-bugs: hunks
 * that touch oracle tests are dropped). A rename stays only if both of its names are kept; a diff that cannot be read
 * loses everything.
 */
export function restrictDiff(text: string, keep: (path: string) => boolean): string {
  const splitting = splitDiff(text);
  if (!splitting.readable || !readDiff(text).readable) return '';
  return splitting.sections
    .filter((section) => {
      const change = readChange(section);
      return typeof change !== 'string' && pathsOf(change).every(keep);
    })
    .map((section) => (section.text.endsWith('\n') ? section.text : `${section.text}\n`))
    .join('');
}

function pathsOf(file: FileChange): readonly string[] {
  return file.oldPath === undefined ? [file.path] : [file.oldPath, file.path];
}

function firstDoubled(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

function readChange(section: DiffSection): FileChange | string {
  const patch = parseHeader(section);
  if (typeof patch === 'string') return patch;
  const oldPath = withoutPrefix('a/', patch.oldFileName);
  const newPath = withoutPrefix('b/', patch.newFileName);
  if (oldPath === undefined || newPath === undefined) {
    return `${quoted(section.header[0])} lacks the prefixes a/ and b/ that git writes by default`;
  }
  const kind = kindOf(patch);
  const isCopy = patch.isCopy === true;
  const problem =
    pathProblem(oldPath) ?? pathProblem(newPath) ?? headerProblem(section, { kind, isCopy, oldPath, newPath });
  if (problem !== undefined) return problem;
  const special = specialOf(section);
  const modes = modeChangeOf(section);
  return {
    path: newPath,
    ...(kind === 'renamed' && { oldPath }),
    ...(isCopy && { copyOf: oldPath }),
    kind,
    ...(modes && { modeChange: modes }),
    ...(special && { special }),
    addedLines: section.addedLines,
    removedLines: section.removedLines,
  };
}

// Only the names matter here, and quoting is jsdiff's business, so the hunks stay away.
function parseHeader(section: DiffSection): StructuredPatch | string {
  const named = [...section.header, ...(section.names ?? [])];
  const open = named.find(hasOpenQuote);
  if (open !== undefined) return `${quoted(open)} holds a name whose quotes are not closed`;
  // jsdiff drops this character, and so reads another name than git.
  const marked = named.find((line) => line.includes(BYTE_ORDER_MARK));
  if (marked !== undefined) return `${quoted(marked)} holds a byte order mark`;
  // Patterns end there, and so does the name that jsdiff reads; git reads on.
  const parted = named.find((line) => /[\r\u2028\u2029]/.test(line));
  if (parted !== undefined)
    return `${quoted(parted)} holds the end of a line within a name, which git writes in quotes`;
  try {
    const patches = parsePatch(section.header.join('\n'));
    const [patch] = patches;
    return patches.length === 1 && patch ? patch : `${quoted(section.header[0])} cannot be read`;
  } catch (error) {
    if (error instanceof Error) return `${quoted(section.header[0])} cannot be read: ${error.message.slice(0, 200)}`;
    throw error;
  }
}

// Git reads a quoted name to its closing quote, over the ends of lines if need be; jsdiff ends it with the line.
function hasOpenQuote(line: string): boolean {
  if (/^diff --git ".*/.test(line)) return !QUOTED_PAIR.test(line);
  const name = /^(?:diff --git .* |(?:rename|copy) (?:from|to) |--- |\+\+\+ )(".*)$/.exec(line)?.[1];
  return name !== undefined && !QUOTED_NAME.test(/^(?:---|\+\+\+) /.test(line) ? withoutTab(name) : name);
}

const QUOTED_NAME = /^"(?:[^"\\]|\\.)*"$/;
const QUOTED_PAIR = /^diff --git "(?:[^"\\]|\\.)*" (?:"(?:[^"\\]|\\.)*"|b\/.*)$/;

const BYTE_ORDER_MARK = String.raw`\357\273\277`;

// A reason names what it is about, and a hostile line of a megabyte stays out of it.
function quoted(text = ''): string {
  return JSON.stringify(text.slice(0, 200));
}

function withoutPrefix(prefix: 'a/' | 'b/', name: string | undefined): string | undefined {
  return name?.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

function kindOf(patch: StructuredPatch): FileChange['kind'] {
  if (patch.isRename) return 'renamed';
  if (patch.isCreate || patch.isCopy) return 'added';
  return patch.isDelete ? 'deleted' : 'modified';
}

function pathProblem(path: string): string | undefined {
  const problem = treePathProblem(path);
  return problem && `the path ${quoted(path)} ${problem}`;
}

interface Headed extends Pick<FileChange, 'kind'> {
  readonly isCopy: boolean;
  readonly oldPath: string;
  readonly newPath: string;
}

function headerProblem({ header, names }: DiffSection, { kind, isCopy, oldPath, newPath }: Headed): string | undefined {
  const contradiction = `the headers of ${quoted(newPath)} contradict each other`;
  const keys = header.slice(1).map((line) => /^(?:[a-z]+ )*?(?:mode|index|from|to)\b/.exec(line)?.[0]);
  if (new Set(keys).size !== keys.length) return contradiction;
  const states = ['new file mode', 'deleted file mode', 'old mode', 'rename from', 'copy from'].filter((key) =>
    keys.includes(key),
  );
  const whole = keys.includes('new file mode') || keys.includes('deleted file mode');
  if (whole && states.length > 1) return contradiction;
  if (keys.includes('old mode') !== keys.includes('new mode')) return contradiction;
  if (keys.includes('rename from') !== keys.includes('rename to')) return contradiction;
  if (keys.includes('copy from') !== keys.includes('copy to')) return contradiction;
  if (keys.includes('rename from') && keys.includes('copy from')) return contradiction;
  if (kind !== 'renamed' && !isCopy && oldPath !== newPath) return contradiction;
  if (isCopy && oldPath === newPath) return contradiction;
  if (names === undefined) return undefined;
  const isNew = kind === 'added' && !isCopy;
  const expected = [isNew ? '/dev/null' : `a/${oldPath}`, kind === 'deleted' ? '/dev/null' : `b/${newPath}`];
  const written = names.map((line) => nameIn(line));
  return expected.every((name, side) => written[side] === name) ? undefined : contradiction;
}

function nameIn(line: string): string | undefined {
  const name = withoutTab(line.slice('+++ '.length));
  if (!name.startsWith('"')) return name;
  const [patch] = parsePatch(`--- ${name}\n+++ ${name}`);
  return patch?.newFileName;
}

// Behind `---` and `+++` git ends a name that holds a blank with a tab, in quotes or not.
function withoutTab(name: string): string {
  return name.replace(/\t$/, '');
}

function specialOf({ binary, header }: DiffSection): FileChange['special'] {
  const modes = header.flatMap((line) => /^(?:index .*|.* mode) ([0-7]{6})$/.exec(line)?.[1] ?? []);
  if (modes.includes('160000')) return 'submodule';
  if (modes.includes('120000')) return 'symbolic-link';
  return binary ? 'binary' : undefined;
}

function modeChangeOf({ header }: DiffSection): FileChange['modeChange'] {
  const from = header.flatMap((line) => /^old mode (\d+)$/.exec(line)?.[1] ?? [])[0];
  const to = header.flatMap((line) => /^new mode (\d+)$/.exec(line)?.[1] ?? [])[0];
  return from === undefined || to === undefined ? undefined : { from, to };
}

// Swapping the signs puts additions first; git and people expect removals first.
function removalsFirst(patch: StructuredPatch): StructuredPatch {
  return { ...patch, hunks: patch.hunks.map((hunk) => ({ ...hunk, lines: sortedRuns(hunk.lines) })) };
}

function sortedRuns(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let run: { removed: string[]; added: string[] } = { removed: [], added: [] };
  let side: string[] = sorted;
  for (const line of [...lines, ' ']) {
    if (line.startsWith('\\')) {
      side.push(line);
      continue;
    }
    if (line.startsWith('-')) side = run.removed;
    else if (line.startsWith('+')) side = run.added;
    else {
      // Not spread into one call: a hostile hunk has more lines than the stack takes arguments.
      for (const moved of run.removed.concat(run.added)) sorted.push(moved);
      run = { removed: [], added: [] };
      side = sorted;
    }
    side.push(line);
  }
  return sorted.slice(0, -1);
}
