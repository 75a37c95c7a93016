import { extname } from 'node:path';

const LANGUAGES: Readonly<Record<string, string>> = {
  '.py': 'python',
  '.pyi': 'python',
  '.js': 'javascript',
  '.cjs': 'javascript',
  '.mjs': 'javascript',
  '.jsx': 'javascript',
  '.ts': 'typescript',
  '.cts': 'typescript',
  '.mts': 'typescript',
  '.tsx': 'typescript',
  '.go': 'go',
  '.rs': 'rust',
  '.rb': 'ruby',
  '.java': 'java',
  '.kt': 'kotlin',
  '.c': 'c',
  '.h': 'c',
  '.cc': 'c++',
  '.cpp': 'c++',
  '.hpp': 'c++',
  '.cs': 'c#',
  '.php': 'php',
  '.sh': 'shell',
};

/** The language that most of the files are written in, by their extensions; undefined when none is known. */
export function languageOfFiles(paths: readonly string[]): string | undefined {
  return mostFrequent(paths.flatMap((path) => LANGUAGES[extname(path).toLowerCase()] ?? []));
}

/** The first of those that occur most often. */
export function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<readonly [string | undefined, number]>(
    (best, [value, count]) => (count > best[1] ? [value, count] : best),
    [undefined, 0],
  )[0];
}
