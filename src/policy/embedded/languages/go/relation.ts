import type { LibraryFile, Relation, TestFile } from '../language.ts';

/** What speaks for a test file being about a library file. A file's own package counts as imported. */
export function relationOf(test: TestFile, library: LibraryFile): Relation {
  return {
    imported: test.imports.includes(library.module),
    packageImported: test.imports.some((path) => library.module.startsWith(`${path}/`)),
    named: subjectOf(test.path) === library.path,
  };
}

/** `match/row_test.go` is named after `match/row.go`. */
function subjectOf(path: string): string {
  return path.replace(/_test\.go$/, '.go');
}
