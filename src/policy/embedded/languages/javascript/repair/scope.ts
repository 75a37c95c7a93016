import { indentOf } from '../../source-edit.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { tokensOf } from '../../repair/naturalness.ts';
import { functionsIn, isFunction, sourceOf, type JavaScriptFunction } from '../syntax.ts';
import { GLOBALS, KEYWORDS } from './known-words.ts';

/** A function, ready to be repaired: its tree and the names in it. */
export interface Scope {
  readonly text: string;
  readonly definition: JavaScriptFunction;
  readonly tree: SyntaxNode;
  readonly parameters: readonly string[];
  /** Parameters and names that it declares or assigns. */
  readonly locals: readonly string[];
  /** Locals that nothing reads: something that read them may be missing. */
  readonly unused: ReadonlySet<string>;
  /** Every name that code here may use, as far as a look at the file tells. */
  readonly known: ReadonlySet<string>;
}

export function scopeOf(text: string, definition: JavaScriptFunction): Scope {
  const tree = definition.tree();
  const parameters = parametersOf(text, tree);
  const locals = localsOf(text, tree);
  const counts = new Map<string, number>();
  for (const token of tokensOf(text.slice(definition.start, definition.end))) {
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const around = functionsIn(text).filter((other) => other.start < definition.start && other.end >= definition.end);
  const outer = around.flatMap((other) => localsOf(text, other.tree()));
  return {
    text,
    definition,
    tree,
    parameters,
    locals,
    unused: new Set(locals.filter((name) => counts.get(name) === 1 && name !== '_')),
    known: new Set([...locals, ...outer, ...declaredOutside(text, definition), ...GLOBALS]),
  };
}

/** The local that was assigned last before a place. */
export function lastAssignedBefore({ text, tree }: Scope, offset: number): string | undefined {
  return walk(tree)
    .filter(({ node }) => node.end <= offset)
    .flatMap(({ node }) => assignedNames(text, node))
    .at(-1);
}

/** The names that a piece of code reads or writes: no properties, no keywords, no keys. */
export function namesIn(code: string): readonly string[] {
  const bare = code.replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1/g, "''");
  const names = [...bare.matchAll(/(?<![\w$.])([A-Za-z_$][\w$]*)(?![\w$])(?!\s*:(?!:))/g)].map(
    ([, name]) => name ?? '',
  );
  return [...new Set(names)].filter((name) => !KEYWORDS.has(name));
}

function parametersOf(text: string, tree: SyntaxNode): readonly string[] {
  const list = tree.children.find(({ kind }) => kind === 'formal_parameters');
  if (list !== undefined) return namedChildren(list).flatMap((parameter) => boundNames(text, parameter));
  const [only] = namedChildren(tree);
  return tree.kind === 'arrow_function' && only?.kind === 'identifier' ? [sourceOf(text, only)] : [];
}

function localsOf(text: string, tree: SyntaxNode): readonly string[] {
  const inside = walk(tree).flatMap(({ node }) => [
    ...assignedNames(text, node),
    ...(isFunction(node) ? parametersOf(text, node) : []),
    // Its own name is no local of a function: code in it that does not call itself leaves nothing unused.
    ...(node === tree ? [] : declaredFunction(text, node)),
  ]);
  return [...new Set([...parametersOf(text, tree), ...inside])];
}

function declaredFunction(text: string, node: SyntaxNode): readonly string[] {
  const name =
    node.kind === 'function_declaration' ? node.children.find(({ kind }) => kind === 'identifier') : undefined;
  return name === undefined ? [] : [sourceOf(text, name)];
}

function assignedNames(text: string, node: SyntaxNode): readonly string[] {
  const [first] = namedChildren(node);
  if (first === undefined || !BINDING.has(node.kind)) return [];
  if (node.kind === 'assignment_expression' && first.kind !== 'identifier') return [];
  return boundNames(text, first);
}

const BINDING = new Set(['variable_declarator', 'assignment_expression', 'for_in_statement', 'catch_clause']);

/** The names that a pattern binds; its defaults are expressions and bind nothing. */
function boundNames(text: string, pattern: SyntaxNode): readonly string[] {
  return walk(pattern)
    .filter(({ node: { kind } }) => kind === 'identifier' || kind === 'shorthand_property_identifier_pattern')
    .filter(
      ({ node, ancestors }) =>
        !ancestors.some((each) => each.kind === 'assignment_pattern' && isIn(node, namedChildren(each)[1])),
    )
    .map(({ node }) => sourceOf(text, node));
}

function isIn(node: SyntaxNode, outer: SyntaxNode | undefined): boolean {
  return outer !== undefined && node.start >= outer.start && node.end <= outer.end;
}

/** What the file imports, or declares no deeper than this function stands. */
function declaredOutside(text: string, { start }: JavaScriptFunction): readonly string[] {
  const deepest = indentOf(text, start).length;
  const declared = [...text.matchAll(DECLARATION)].filter(([, indent = '']) => indent.length <= deepest);
  const imported = [...text.matchAll(/^import\s+([^'"]{1,400}?)\s+from\b/gm)];
  return [...declared, ...imported].flatMap((match) => (match[2] ?? match[1] ?? '').match(/[A-Za-z_$][\w$]*/g) ?? []);
}

const DECLARATION =
  /^([ \t]*)(?:export\s+(?:default\s+)?)?(?:async\s+)?(?:var|let|const|function\*?|class|enum)\s+(\{[^}]{0,400}\}|\[[^\]]{0,400}\]|[\w$]+)/gm;
