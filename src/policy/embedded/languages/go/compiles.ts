import { asIs, memoise } from '../memoise.ts';
import type { SourceEdit } from '../source-edit.ts';
import type { SyntaxNode } from '../syntax-tree.ts';
import { importsOf, isUsed } from './imports.ts';
import { namesIn } from './names.ts';
import { namesOf, type NameUse } from './scopes.ts';
import { bareCode, parseGo, sourceOf, type GoFunction } from './syntax.ts';
import { returns } from './terminating.ts';

/**
 * Whether an edit of one function leaves code that Go may take: every name it reads is declared, every local and every
 * import is read, and a function with results ends in a return. Types are not looked at, and the edit takes out whole
 * parts of the syntax or puts whole ones in.
 */
export function mayCompile(text: string, definition: GoFunction, edit: SourceEdit): boolean {
  const brought = namesIn(edit.replacement);
  if (isSameNames(namesIn(sourceOf(text, edit)), brought)) return true;
  const tree = edit.start === edit.end ? definition.tree() : without(definition.tree(), edit);
  const after = namesOf(text, tree);
  return (
    declaresNothingUnread(edit.replacement) &&
    unreadLocals(after, { ...edit, brought }).length === 0 &&
    areKnown(text, definition, { ...edit, brought }) &&
    isSubset(after.outside, knownOutside(text)) &&
    isSubset(after.labels, after.usedLabels) &&
    isSubset(after.usedLabels, after.labels) &&
    (edit.replacement !== '' || returns(text, tree)) &&
    keepsImports(text, edit)
  );
}

interface NamedEdit extends SourceEdit {
  readonly brought: readonly string[];
}

function isSameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

/** The tree without what lies in a range. */
function without(node: SyntaxNode, { start, end }: SourceEdit): SyntaxNode {
  const children = node.children
    .filter((child) => !(child.start >= start && child.end <= end))
    .map((child) =>
      child.end <= start || child.start >= end ? child : without(child, { start, end, replacement: '' }),
    );
  return { ...node, children };
}

/** A new local would have to be read by code that was written without it. */
function declaresNothingUnread(replacement: string): boolean {
  return !/^\s*(?:var\b|[\w, ]+:=)/.test(replacement);
}

function unreadLocals({ variables }: NameUse, { start, brought }: NamedEdit): readonly string[] {
  return variables
    .filter(({ used, mayStayUnread }) => !used && !mayStayUnread)
    .filter(({ name, from, until }) => !(brought.includes(name) && from <= start && until >= start))
    .map(({ name }) => name);
}

/** Whether the names that an edit brings mean something where it puts them, or are declared by itself. */
function areKnown(text: string, definition: GoFunction, { start, replacement, brought }: NamedEdit): boolean {
  const { variables } = namesOf(text, definition.tree());
  const outside = knownOutside(text);
  const own = new Set([...replacement.matchAll(/([\w, ]+):=/g)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []));
  return brought.every(
    (name) =>
      outside.has(name) ||
      own.has(name) ||
      variables.some((each) => each.name === name && each.from <= start && each.until >= start),
  );
}

function isSubset(names: ReadonlySet<string>, of: ReadonlySet<string>): boolean {
  return [...names].every((name) => of.has(name));
}

/** Every name that some function of the file takes from outside, and what the file itself declares. */
export const knownOutside = memoise(
  (text: string): ReadonlySet<string> =>
    new Set([
      ...parseGo(text).flatMap((definition) => [definition.name, ...namesOf(text, definition.tree()).outside]),
      ...declaredByFile(text),
      ...BUILT_IN,
    ]),
  { keyOf: asIs },
);

/** Variables, constants and types of the package, alone or in a list. */
function declaredByFile(text: string): readonly string[] {
  const lists = [...text.matchAll(/^(?:var|const|type) \(\n([\s\S]*?)^\)/gm)].map(([, list = '']) => list);
  const listed = lists.flatMap((list) => [...list.matchAll(/^\t(\w+)/gm)]);
  return [...text.matchAll(/^(?:var|const|type)\s+(\w+)/gm), ...listed].map(([, name]) => name ?? '');
}

const BUILT_IN = (
  'true false nil iota _ len cap append copy delete make new panic recover min max clear string bool byte rune error any ' +
  'int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 complex64 complex128'
).split(' ');

/** An import that only the removed code used would be left without a use. */
function keepsImports(text: string, { start, end, replacement }: SourceEdit): boolean {
  const bare = bareCode(text);
  const removed = bare.slice(start, end);
  return importsOf(text).every((each) => {
    if (!isUsed(each, removed) || isUsed(each, bareCode(replacement))) return true;
    return isUsed(each, bare.slice(0, start)) || isUsed(each, bare.slice(end));
  });
}
