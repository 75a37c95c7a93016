import { createModuleIndex } from './python-modules.ts';
import type { ShellScript } from './shell-script.ts';

/**
 * The files of the bug that a script names, by path, by base name or as a Python module
 * (docs/specification.md#test-script): a script that knows where the bug is could treat that file in a way of its own.
 * Sorted. Without it `script-names-the-bug` (test/red-team/attacks/scripts.ts) is paid, and of the files that a prediction
 * may not change those of `wrapper-of-the-script-turns-results` (test/red-team/attacks/script-wrappers.ts).
 */
export function bugFilesNamedIn(
  script: ShellScript,
  bugPaths: readonly string[],
  treeFiles: readonly string[],
): readonly string[] {
  const files = new Set([...treeFiles, ...bugPaths]);
  const moduleFile = createModuleIndex([...files]);
  const named = new Set<string>();
  for (const { words, folder } of script.commands) {
    for (const path of words.flatMap(pathsIn)) {
      for (const file of filesMeantBy(path, folder, bugPaths, files)) named.add(file);
      const isDotted = path.includes('.') && !path.includes('/') && !path.endsWith('.py');
      if (isDotted) named.add(moduleFile(path) ?? '');
    }
    // A module without a dot is an ordinary word unless it is run.
    for (const [index, word] of words.entries()) if (words[index - 1] === '-m') named.add(moduleFile(word) ?? '');
  }
  return bugPaths.filter((path) => named.has(path)).sort();
}

/** What may be a path in a word: a word may be an option with a value, or a program in another language. */
export function pathsIn(word: string): readonly string[] {
  return word.split(/[^\w./-]+/u).map((path) => path.replace(/^(?:\.?\/)+/, '').replace(/[.,]+$/, ''));
}

/**
 * What a word may mean: a file in the folder that the script is in, else one from the root, else files of the bug that end
 * with it. Where another file ends with it too, the word singles out none of them.
 */
function filesMeantBy(
  path: string,
  folder: string | undefined,
  bugPaths: readonly string[],
  files: ReadonlySet<string>,
): readonly string[] {
  if (path === '') return [];
  const here = folder === undefined || folder === '' ? path : `${folder}/${path}`;
  if (files.has(here)) return [here];
  if (files.has(path)) return [path];
  const meant = bugPaths.filter(
    (bugPath) => endsWith(bugPath, path) || (bugPath.includes('/') && endsWith(path, bugPath)),
  );
  if (meant.length === 0 || folder === undefined) return meant;
  const bug = new Set(bugPaths);
  return [...files].some((file) => endsWith(file, path) && !bug.has(file)) ? [] : meant;
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

/**
 * Those of the variables that a script sets, exports, reads or unsets. Without it `script-sets-what-the-bug-reads`
 * (test/red-team/attacks/scripts.ts) is paid.
 */
export function variablesSetIn({ assignments }: ShellScript, variables: readonly string[]): readonly string[] {
  const set = new Set(assignments.map(({ name }) => name));
  return variables.filter((name) => set.has(name));
}
