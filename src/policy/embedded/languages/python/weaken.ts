import type { TextByPath } from '../language.ts';
import { applyEdits, indentOf, lineStart, nextLineStart, type SourceEdit } from '../source-edit.ts';
import { parsePython, type PythonClass, type PythonFunction } from './syntax.ts';

interface TestName {
  /** A module's path, or its dotted name as unittest writes it. */
  readonly place: string;
  readonly className: string | undefined;
  readonly name: string;
}

interface Definition {
  readonly path: string;
  readonly definition: PythonFunction;
}

/**
 * The test files without the definitions of these tests, whole definitions at a time; undefined where one is not found.
 *
 * A test that a class inherits is taken out where it is written, so it vanishes from all classes that share it.
 */
export function removeTests(texts: TextByPath, testIds: readonly string[]): TextByPath | undefined {
  const found = testIds.map((id) => findDefinition(texts, readTestId(id)));
  const definitions = found.flatMap((definition) => definition ?? []);
  if (definitions.length < found.length) return undefined;
  const paths = [...new Set(definitions.map(({ path }) => path))];
  return Object.fromEntries(
    paths.map((path) => {
      const here = definitions.filter((definition) => definition.path === path);
      const distinct = new Map(here.map(({ definition }) => [definition.start, definition]));
      return [path, withoutFunctions(texts[path] ?? '', [...distinct.values()])];
    }),
  );
}

/** `tests/test_a.py::TestX::test_b[1]`, or `tests.test_a.TestX.test_b`. */
function readTestId(id: string): TestName {
  const [place = '', ...pytest] = id.replace(/\[.*$/s, '').split('::');
  const segments = pytest.length > 0 ? pytest : place.split('.').slice(-2);
  return {
    place: pytest.length > 0 ? place : place.split('.').slice(0, -2).join('.'),
    className: segments.at(-2),
    name: segments.at(-1) ?? '',
  };
}

function findDefinition(texts: TextByPath, { place, className, name }: TestName): Definition | undefined {
  const path = Object.keys(texts).find((candidate) => candidate === place || dotted(candidate) === place);
  if (path === undefined) return undefined;
  if (className !== undefined) return findMethod(texts, path, { className, name });
  const definition = parsePython(texts[path] ?? '').functions.find(({ qualifiedName }) => qualifiedName === name);
  return definition && { path, definition };
}

/** Looks in the class, then in its bases, wherever among the test files they are. */
function findMethod(
  texts: TextByPath,
  from: string,
  wanted: { readonly className: string; readonly name: string },
): Definition | undefined {
  const seen = new Set<string>();
  const pending = [wanted.className];
  const paths = [from, ...Object.keys(texts).filter((path) => path !== from)];
  for (let className = pending.shift(); className !== undefined; className = pending.shift()) {
    if (seen.has(className)) continue;
    seen.add(className);
    const owner = paths.find((path) => classesNamed(texts, path, className).length > 0);
    if (owner === undefined) continue;
    const qualifiedName = `${className}.${wanted.name}`;
    const definition = parsePython(texts[owner] ?? '').functions.find(
      (candidate) => candidate.qualifiedName === qualifiedName,
    );
    if (definition !== undefined) return { path: owner, definition };
    pending.push(...classesNamed(texts, owner, className).flatMap(({ bases }) => bases));
  }
  return undefined;
}

function classesNamed(texts: TextByPath, path: string, name: string): readonly PythonClass[] {
  return parsePython(texts[path] ?? '').classes.filter((candidate) => candidate.name === name);
}

function dotted(path: string): string {
  return path
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replace(/^src\//, '')
    .replaceAll('/', '.');
}

function withoutFunctions(text: string, functions: readonly PythonFunction[]): string {
  const emptied = parsePython(text).classes.filter(({ start, end, members }) => {
    const removed = functions.filter((definition) => definition.start >= start && definition.end <= end);
    return removed.length >= members;
  });
  const firstOf = new Set(
    emptied.map(({ start }) => Math.min(...functions.map((each) => each.start).filter((each) => each >= start))),
  );
  return applyEdits(
    text,
    functions.map((definition) => removalOf(text, definition, firstOf.has(definition.start))),
  );
}

/** Takes the definition out with the blank lines before it; a class that would be empty gets `pass`. */
function removalOf(text: string, { start, end }: PythonFunction, leavesPass: boolean): SourceEdit {
  const from = lineStart(text, start);
  const blank = /(?:\n[ \t]*)*\n$/.exec(text.slice(0, from))?.[0] ?? '\n';
  return {
    start: leavesPass ? from : from - blank.length + 1,
    end: nextLineStart(text, end),
    replacement: leavesPass ? `${indentOf(text, start)}pass\n` : '',
  };
}
