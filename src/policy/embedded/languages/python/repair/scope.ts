import { namedChildren, walk, type PythonFunction, type SyntaxNode } from '../syntax.ts';
import { tokensOf } from '../../repair/naturalness.ts';

/** A function, ready to be repaired: its tree and the names in it. */
export interface Scope {
  readonly text: string;
  readonly definition: PythonFunction;
  readonly tree: SyntaxNode;
  readonly parameters: readonly string[];
  /** Parameters and names that it assigns. */
  readonly locals: readonly string[];
  /** Locals that nothing reads: something that read them may be missing. */
  readonly unused: ReadonlySet<string>;
  /** Every name of the file and of Python that code here may use. */
  readonly known: ReadonlySet<string>;
}

export function scopeOf(text: string, definition: PythonFunction): Scope {
  const tree = definition.tree();
  const parameters = parametersOf(text, tree);
  const assigned = walk(tree).flatMap(({ node }) => assignedNames(text, node));
  const locals = [...new Set([...parameters, ...assigned])];
  const counts = new Map<string, number>();
  for (const token of tokensOf(text.slice(definition.start, definition.end))) {
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return {
    text,
    definition,
    tree,
    parameters,
    locals,
    unused: new Set(locals.filter((name) => counts.get(name) === 1 && !['self', 'cls', '_'].includes(name))),
    known: new Set([...locals, ...moduleNames(text), ...BUILTINS]),
  };
}

/** The local that was assigned last before a place. */
export function lastAssignedBefore({ text, tree }: Scope, offset: number): string | undefined {
  return walk(tree)
    .filter(({ node }) => node.kind === 'assignment' && node.end <= offset)
    .flatMap(({ node }) => assignedNames(text, node))
    .at(-1);
}

/** The attribute that a getter of this name would return, where the file has one. */
export function gettersOf({ text, definition, parameters }: Scope): readonly string[] {
  if (parameters[0] !== 'self') return [];
  const attributes = ['_', '__', ''].map((prefix) => `self.${prefix}${definition.name}`);
  return attributes
    .filter((attribute) => new RegExp(`${attribute.replace('.', '\\.')}\\b(?!\\()`).test(text))
    .slice(0, 1);
}

/** The names that a piece of code reads or writes: no attributes, no keywords, no keyword arguments. */
export function namesIn(code: string): readonly string[] {
  const bare = code.replace(/(["'])(?:\\.|(?!\1)[^\\\n])*\1/g, "''");
  const names = [...bare.matchAll(/(?<![\w.])([A-Za-z_]\w*)(?!\w*\s*=(?!=))/g)].map(([, name]) => name ?? '');
  return [...new Set(names)].filter((name) => !KEYWORDS.has(name));
}

export function sourceOf(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return text.slice(start, end);
}

function parametersOf(text: string, tree: SyntaxNode): readonly string[] {
  const definition = tree.kind === 'function_definition' ? tree : tree.children.at(-1);
  const parameters = definition?.children.find(({ kind }) => kind === 'parameters');
  return (parameters === undefined ? [] : namedChildren(parameters)).flatMap(
    (parameter) => /^\**([A-Za-z_]\w*)/.exec(sourceOf(text, parameter))?.[1] ?? [],
  );
}

function assignedNames(text: string, node: SyntaxNode): readonly string[] {
  const [target] = node.children;
  const isAssignment = ['assignment', 'named_expression'].includes(node.kind);
  const targets = isAssignment ? target : node.kind === 'for_statement' ? node.children[1] : undefined;
  if (targets === undefined) return [];
  return walk(targets)
    .filter(
      ({ node: { kind }, ancestors }) => kind === 'identifier' && !ancestors.some((each) => ATTRIBUTE.has(each.kind)),
    )
    .map(({ node: name }) => sourceOf(text, name));
}

const ATTRIBUTE = new Set(['attribute', 'subscript']);

/** What a file defines or imports at its left margin, roughly: enough to tell a name from a slip. */
function moduleNames(text: string): readonly string[] {
  const defined = [...text.matchAll(/^\s*(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]*)?=(?!=)/gm)];
  const imported = [...text.matchAll(/^\s*(?:from\s+\S+\s+)?import\s+(\([^)]*\)|[^\n]+)/gm)];
  return [
    ...defined.flatMap(([, one, other]) => one ?? other ?? []),
    ...imported.flatMap(([, names = '']) => names.match(/\w+/g) ?? []),
  ];
}

const KEYWORDS = new Set(
  (
    'and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

const BUILTINS = (
  'None True False self cls super print len range int float str bytes bool list tuple dict set frozenset object type ' +
  'isinstance issubclass hasattr getattr setattr delattr callable iter next enumerate zip map filter sorted reversed ' +
  'sum min max abs all any repr hash id vars dir open round divmod pow property staticmethod classmethod slice ' +
  'NotImplemented Exception BaseException ValueError TypeError KeyError IndexError AttributeError RuntimeError ' +
  'StopIteration NotImplementedError OverflowError ZeroDivisionError LookupError ArithmeticError OSError ImportError'
).split(' ');
