import type { LibraryFile, Relation, TestFile } from '../language.ts';

/** What speaks for a test file being about a library file. */
export function relationOf(test: TestFile, library: LibraryFile): Relation {
  const { module } = library;
  const shown = test.imports.some((name) => name === module || name.startsWith(`${module}.`));
  const packages = module.split('.').slice(0, -1);
  const within = packages.some((_, depth) => test.imports.includes(packages.slice(0, depth + 1).join('.')));
  return { imported: shown, packageImported: within, named: subjectOf(test.path) === nameOf(library) };
}

function nameOf({ module }: LibraryFile): string {
  return module.split('.').at(-1) ?? '';
}

/** `tests/test_cache.py` is named after `cache`. */
function subjectOf(path: string): string {
  const stem = path.split('/').at(-1)?.replace(/\.py$/, '') ?? '';
  return stem.replace(/^test_|_tests?$/, '');
}
