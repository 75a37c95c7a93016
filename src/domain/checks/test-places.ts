import { testFileOf } from '../report/test-definition.ts';

/**
 * Says which of these test files an id names: before its first `::`, or in any word that is a path or a dotted Python
 * name. Runners name files and modules relative to wherever they were started, so several may be meant.
 */
export function createTestPlaces(paths: readonly string[]): (id: string) => readonly string[] {
  const known = new Map(paths.map((path) => [path, [path]]));
  const byTail = new Map<string, string[]>();
  for (const path of paths) {
    for (const tail of tailsOf(path)) {
      const files = byTail.get(tail) ?? [];
      files.push(path);
      byTail.set(tail, files);
    }
  }
  const filesCalled = (name: string): readonly string[] => {
    const tail = tailsOf(name).find((one) => known.has(one));
    return known.get(name) ?? byTail.get(name) ?? (tail === undefined ? NONE : (known.get(tail) ?? NONE));
  };
  return (id) => {
    const words = id.slice(0, LONGEST_SEARCHED).split(/[^\w./-]+/u);
    const names = [testFileOf(id) ?? '', ...words.filter((word) => word.includes('.')).flatMap(fileNames)];
    return names.map(filesCalled).find((files) => files.length > 0) ?? NONE;
  };
}

const NONE: readonly string[] = [];

// Paths stand before names; ids are hostile and may be of any length.
const LONGEST_SEARCHED = 500;

function tailsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(index).join('/'));
}

/** The word itself, and the files of the modules that it may begin with, the longest first. */
function fileNames(word: string): readonly string[] {
  const parts = word.split('.', 32);
  return [word, ...parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/')}.py`)];
}
