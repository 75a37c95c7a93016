import { memoiseByPart } from '../memoise.ts';
import { isDeclaration, partsOf, SCOPES } from './declarations.ts';
import type { SyntaxNode } from '../syntax-tree.ts';

/** A name that a function declares for itself. */
export interface Variable {
  readonly name: string;
  /** Go lets parameters and constants stay unread, and refuses other locals that are. */
  readonly mayStayUnread: boolean;
  /** Where it is known: from its declaration to the end of its block. */
  readonly from: number;
  readonly until: number;
  readonly used: boolean;
}

/** What one function does with names, by Go's block scopes. */
export interface NameUse {
  readonly variables: readonly Variable[];
  /** Names from outside of the function: of the package, of imports, built in. */
  readonly outside: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  readonly usedLabels: ReadonlySet<string>;
}

interface Draft extends Variable {
  used: boolean;
}

interface Search {
  readonly text: string;
  readonly drafts: Draft[];
  readonly outside: Set<string>;
  readonly labels: Set<string>;
  readonly usedLabels: Set<string>;
}

/** A block with the names that it has declared so far. */
interface Scope {
  readonly names: Map<string, Draft>;
  readonly until: number;
  readonly outer: Scope | undefined;
}

/** Names that a function declares, reads, and takes from outside. `text` is what the tree's offsets are about. */
export const namesOf = memoiseByPart((text: string, tree: SyntaxNode): NameUse => {
  const search = {
    text,
    drafts: [],
    outside: new Set<string>(),
    labels: new Set<string>(),
    usedLabels: new Set<string>(),
  };
  const name = tree.children.find(({ kind }) => kind === 'identifier' || kind === 'field_identifier');
  const scope = { names: new Map<string, Draft>(), until: tree.end, outer: undefined };
  for (const child of tree.children) if (child !== name) visit(search, scope, child);
  const { drafts: variables, outside, labels, usedLabels } = search;
  return { variables, outside, labels, usedLabels };
});

function visit(search: Search, around: Scope, node: SyntaxNode): void {
  const scope = SCOPES.has(node.kind) ? { names: new Map<string, Draft>(), until: node.end, outer: around } : around;
  switch (node.kind) {
    case 'identifier':
      read(search, scope, node);
      return;
    case 'label_name':
      search.usedLabels.add(textOf(search, node));
      return;
    case 'labeled_statement':
      search.labels.add(textOf(search, node.children[0]));
      visitAll(search, scope, node.children.slice(1));
      return;
    case 'keyed_element':
      keyedElement(search, scope, node);
      return;
    // Its parameters' names are there for the reader only.
    case 'function_type':
      return;
    default:
      if (isDeclaration(search.text, node)) declaration(search, scope, node);
      else visitAll(search, scope, node.children);
  }
}

function visitAll(search: Search, scope: Scope, nodes: readonly SyntaxNode[]): void {
  for (const node of nodes) visit(search, scope, node);
}

/** What a declaration or assignment reads comes before what it declares; a plain name that is assigned is not read. */
function declaration(search: Search, scope: Scope, node: SyntaxNode): void {
  const { before, declared, assigned, after } = partsOf(search.text, node);
  visitAll(search, scope, before);
  for (const target of assigned) {
    if (target.kind !== 'identifier') visit(search, scope, target);
    else if (find(scope, textOf(search, target)) === undefined) outsideName(search, target);
  }
  for (const each of declared) declare(search, scope, { name: each, node });
  visitAll(search, scope, after);
}

function declare(
  search: Search,
  scope: Scope,
  { name: identifier, node }: { name: SyntaxNode; node: SyntaxNode },
): void {
  const name = textOf(search, identifier);
  if (identifier.kind !== 'identifier' || name === '_' || scope.names.has(name)) return;
  const mayStayUnread = /parameter|const/.test(node.kind);
  const draft: Draft = { name, mayStayUnread, from: identifier.end, until: scope.until, used: false };
  search.drafts.push(draft);
  scope.names.set(name, draft);
}

function read(search: Search, scope: Scope, node: SyntaxNode): void {
  const draft = find(scope, textOf(search, node));
  if (draft === undefined) outsideName(search, node);
  else draft.used = true;
}

function outsideName(search: Search, node: SyntaxNode): void {
  const name = textOf(search, node);
  if (name !== '_') search.outside.add(name);
}

/** A field's name looks like a variable's; only a variable of the function is taken for one. */
function keyedElement(search: Search, scope: Scope, { children: [key, , value] }: SyntaxNode): void {
  const [only] = key?.children ?? [];
  const isName = only?.kind === 'identifier';
  if (!isName || find(scope, textOf(search, only)) !== undefined) visitAll(search, scope, key?.children ?? []);
  if (value !== undefined) visit(search, scope, value);
}

function find(scope: Scope, name: string): Draft | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const draft = at.names.get(name);
    if (draft !== undefined) return draft;
  }
  return undefined;
}

function textOf({ text }: Search, node: SyntaxNode | undefined): string {
  return node === undefined ? '' : text.slice(node.start, node.end);
}
