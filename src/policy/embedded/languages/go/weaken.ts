import type { TextByPath } from '../language.ts';
import { applyEdits, lineStart, nextLineStart, type SourceEdit } from '../source-edit.ts';
import { withoutUnusedImports } from './imports.ts';
import { parseGo, type GoFunction } from './syntax.ts';

interface Definition {
  readonly path: string;
  readonly definition: GoFunction;
}

/**
 * The test files without the functions of these tests, and without imports that only those used; undefined where one
 * is not found. A test of a table is one function and goes as a whole.
 */
export function removeTests(texts: TextByPath, testIds: readonly string[]): TextByPath | undefined {
  const found = testIds.map((id) => findDefinition(texts, id));
  const definitions = found.flatMap((definition) => definition ?? []);
  if (definitions.length < found.length) return undefined;
  const paths = [...new Set(definitions.map(({ path }) => path))];
  return Object.fromEntries(
    paths.map((path) => {
      const text = texts[path] ?? '';
      const here = definitions.filter((each) => each.path === path).map(({ definition }) => definition);
      const removed = applyEdits(
        text,
        [...new Set(here)].map((definition) => removalOf(text, definition)),
      );
      return [path, withoutUnusedImports(text, removed)];
    }),
  );
}

/** `example.org/module/package.TestX` is in a test file of the folder that ends the import path. */
function findDefinition(texts: TextByPath, id: string): Definition | undefined {
  const at = id.lastIndexOf('.');
  const [place, name] = [id.slice(0, at), id.slice(at + 1)];
  const candidates = Object.entries(texts).flatMap(([path, text]) => {
    const definition = parseGo(text).find((each) => each.qualifiedName === name);
    const folder = path.split('/').slice(0, -1).join('/');
    const isThere = folder === '' || place === folder || place.endsWith(`/${folder}`);
    return definition !== undefined && isThere ? [{ path, folder, definition }] : [];
  });
  return candidates.sort((one, other) => other.folder.length - one.folder.length)[0];
}

/** The function with the comment and the blank lines above it. */
function removalOf(text: string, { start, end }: GoFunction): SourceEdit {
  const above = text.slice(0, lineStart(text, start)).split('\n').slice(0, -1);
  const comment = above.findLastIndex((line) => !line.startsWith('//')) + 1;
  const blank = above.findLastIndex((line, index) => index < comment && line.trim() !== '') + 1;
  const kept = above
    .slice(0, blank)
    .map((line) => `${line}\n`)
    .join('');
  return { start: kept.length, end: nextLineStart(text, end), replacement: '' };
}
