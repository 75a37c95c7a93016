import type { LibraryFile, Relation, TestFile } from '../language.ts';
import { byWayOfOthers } from './survey.ts';

/** What speaks for a test file being about a library file. */
export function relationOf(test: TestFile, { path }: LibraryFile): Relation {
  return {
    imported: test.imports.includes(path),
    packageImported: test.imports.includes(byWayOfOthers(path)),
    named: subjectOf(test.path) === stemOf(path),
  };
}

/** `test/parse.js`, `parse.test.ts` and `test-parse.js` are named after `parse`. */
function subjectOf(path: string): string {
  return stemOf(path).replace(/^tests?[._-]|[._-](?:test|spec)s?$/, '');
}

/** A file by its own name; one that its folder stands for by the folder's. */
function stemOf(path: string): string {
  const segments = path.replace(/\.[cm]?[jt]sx?$/, '').split('/');
  const name = segments.at(-1) ?? '';
  return name === 'index' && segments.length > 1 ? (segments.at(-2) ?? name) : name;
}
