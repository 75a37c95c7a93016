import { createModuleIndex } from './python-modules.ts';

/**
 * The files of the bug that a script names, by path, by base name or as a Python module
 * (docs/specification.md#test-script): a script that knows where the bug is could treat that file in a way of its own.
 * Sorted.
 */
export function bugFilesNamedIn(
  script: string,
  bugPaths: readonly string[],
  treeFiles: readonly string[],
): readonly string[] {
  const files = new Set([...treeFiles, ...bugPaths]);
  const moduleFile = createModuleIndex([...files]);
  const named = new Set<string>();
  for (const { words, place } of segmentsOf(script)) {
    for (const word of words) {
      const path = word.replace(/^(?:\.?\/)+/, '').replace(/[.,]+$/, '');
      for (const file of filesMeantBy(path, place, bugPaths, files)) named.add(file);
      const isDotted = path.includes('.') && !path.includes('/') && !path.endsWith('.py');
      const module = isDotted ? moduleFile(path) : undefined;
      if (module !== undefined) named.add(module);
    }
  }
  // A module without a dot is an ordinary word unless it is imported or run.
  for (const [, module = ''] of script.matchAll(/(?:\bimport|\bfrom|\s-m)\s+(\w+)/gu))
    named.add(moduleFile(module) ?? '');
  for (const path of singledOutByPattern(withoutQuotes(script), bugPaths, files)) named.add(path);
  return bugPaths.filter((path) => named.has(path)).sort();
}

/** Files that a pattern of the shell matches, when it matches files of the bug and no other. */
function singledOutByPattern(
  script: string,
  bugPaths: readonly string[],
  files: ReadonlySet<string>,
): readonly string[] {
  const bug = new Set(bugPaths);
  return script.split(/[^\w./*?[\]!^-]+/u).flatMap((word) => {
    const pattern = /[*?[]/.test(word) && word.length <= LONGEST_PATTERN ? toExpression(word) : undefined;
    if (pattern === undefined) return [];
    const matched = [...files].filter((path) => pattern.test(path));
    return matched.every((path) => bug.has(path)) ? matched : [];
  });
}

// Longer ones are no pattern that a person writes, and cost time.
const LONGEST_PATTERN = 200;

function toExpression(word: string): RegExp | undefined {
  const relative = word.replace(/^(?:\.?\/)+/, '');
  if (!/[\w]/.test(relative)) return undefined;
  const source = relative
    .replace(/[.+^$(){}|\\]/g, String.raw`\$&`)
    .replace(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]')
    .replace(/\[!/g, '[^');
  try {
    return new RegExp(`^(?:.*/)?${source}$`);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface Segment {
  readonly words: readonly string[];
  /** The folder that the script has changed to before it, from the tree's root; undefined where that is not written out. */
  readonly place: string | undefined;
}

/** The commands of a script with the folder that each begins in. */
function segmentsOf(script: string): readonly Segment[] {
  const segments: Segment[] = [];
  const outer: (string | undefined)[] = [];
  let place: string | undefined = '';
  for (const [text] of script.matchAll(/[()]|[^\n;&|()]+/g)) {
    if (text === '(') outer.push(place);
    else if (text === ')') place = outer.pop() ?? place;
    // A shell joins what quotes and backslashes part: `cat pkg/pa""rser.py`.
    const joined = withoutQuotes(text);
    segments.push({ words: [...text.split(/[^\w./-]+/u), ...joined.split(/[^\w./-]+/u)], place });
    const folder = /^\s*(?:cd|pushd)(?:\s+--)?(?:\s+(?<folder>\S+))?\s*$/.exec(joined)?.groups;
    if (folder !== undefined) place = changedTo(place, folder.folder);
  }
  return segments;
}

function withoutQuotes(text: string): string {
  return text.replace(/["'\\]/g, '');
}

function changedTo(place: string | undefined, folder: string | undefined): string | undefined {
  if (place === undefined || folder === undefined || !/^[\w.][\w./-]*$/.test(folder)) return undefined;
  const segments = place === '' ? [] : place.split('/');
  for (const segment of folder.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
  }
  return segments.join('/');
}

/**
 * What a word may mean: a file in the folder that the script is in, else one from the root, else files of the bug that end
 * with it. Where another file ends with it too, the word singles out none of them.
 */
function filesMeantBy(
  path: string,
  place: string | undefined,
  bugPaths: readonly string[],
  files: ReadonlySet<string>,
): readonly string[] {
  if (path === '') return [];
  const here = place === undefined || place === '' ? path : `${place}/${path}`;
  if (files.has(here)) return [here];
  if (files.has(path)) return [path];
  const meant = bugPaths.filter(
    (bugPath) => endsWith(bugPath, path) || (bugPath.includes('/') && endsWith(path, bugPath)),
  );
  const bug = new Set(bugPaths);
  const isShared = place !== undefined && [...files].some((file) => endsWith(file, path) && !bug.has(file));
  return isShared ? [] : meant;
}

function endsWith(path: string, word: string): boolean {
  // Every package has an __init__.py, so that name alone says nothing.
  const isName = word.includes('/') || (word.includes('.') && word !== '__init__.py');
  return isName && path.endsWith(`/${word}`);
}

/** The environment variables that lines of code read, in Python, JavaScript, Go, Ruby, Java and Rust. Sorted. */
export function environmentVariablesReadBy(lines: readonly string[]): readonly string[] {
  const names = lines.flatMap((line) =>
    [...line.matchAll(ENVIRONMENT_READ)].map((match) => match[1] ?? match[2] ?? ''),
  );
  return [...new Set(names)].sort();
}

// The bounds keep a hostile line from costing the square of its length.
const ENVIRONMENT_READ =
  /(?:\benviron|\bprocess\.env|\bENV|\bgetenvb?|\bGetenv|\bLookupEnv|\benv::var(?:_os)?)(?:\.(?:get|pop|setdefault|fetch))?\s{0,9}(?:[([]\s{0,99}b?['"`]([A-Za-z_]\w{0,199})\b|\.([A-Za-z_]\w{0,199})\b(?!\s{0,9}\())/g;

/** Those of the variables that a shell script sets, exports, reads or unsets. */
export function variablesSetIn(script: string, variables: readonly string[]): readonly string[] {
  const assigned = [...script.matchAll(/([A-Za-z_]\w*)(?:\[[^\]\n]{0,99}\])?:?\+?=(?!=)/g)].map(
    (match) => match[1] ?? '',
  );
  const declared = script.split(/[\n;|&]/).flatMap((command) => {
    const words = command.split(/[\s'"()`]+/);
    const keyword = words.findIndex((word) => DECLARING.has(word));
    // `export HOME` names a variable, `export X=$HOME` only uses one.
    return keyword === -1 ? [] : words.slice(keyword + 1).filter((word) => /^\w+$/.test(word));
  });
  const set = new Set([...assigned, ...declared]);
  return variables.filter((name) => set.has(name));
}

const DECLARING = new Set(['export', 'unset', 'read', 'declare', 'typeset', 'local', 'readonly', 'setenv', 'mapfile']);
