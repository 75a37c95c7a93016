import { memoiseByObject } from '../../memoise.ts';
import type { SyntaxNode } from '../syntax-tree.ts';

/** A name that a function declares for itself. */
export interface Variable {
  readonly name: string;
  readonly parameter: boolean;
  /** Read at least once; Go refuses locals that are not. */
  readonly used: boolean;
}

/** What one function does with names, by Go's block scopes. */
export interface NameUse {
  readonly variables: readonly Variable[];
  /** Names from outside of the function: of the package, of imports, built in. */
  readonly outside: ReadonlySet<string>;
  /** Names declared a second time in a scope, in a way that Go refuses. */
  readonly redeclared: readonly string[];
  readonly labels: ReadonlySet<string>;
  readonly usedLabels: ReadonlySet<string>;
}

interface Draft {
  readonly name: string;
  readonly parameter: boolean;
  used: boolean;
}

type Scope = ReadonlyMap<string, Draft>;

const SCOPES = new Set([
  'block',
  'func_literal',
  'if_statement',
  'for_statement',
  'expression_switch_statement',
  'type_switch_statement',
  'select_statement',
  'expression_case',
  'default_case',
  'type_case',
  'communication_case',
]);

/** Names that a function declares, reads, and takes from outside. `text` is what the tree's offsets are about. */
export function namesOf(text: string, tree: SyntaxNode): NameUse {
  const kept = cached(tree);
  kept.use ??= resolve(text, tree);
  return kept.use;
}

const cached = memoiseByObject((_tree: SyntaxNode): { use?: NameUse } => ({}));

function resolve(text: string, tree: SyntaxNode): NameUse {
  const drafts: Draft[] = [];
  const outside = new Set<string>();
  const redeclared: string[] = [];
  const labels = new Set<string>();
  const usedLabels = new Set<string>();
  let scopes: Map<string, Draft>[] = [new Map()];

  const textOf = ({ start, end }: SyntaxNode) => text.slice(start, end);
  const find = (name: string) => findIn(scopes, name);

  const declare = (nodes: readonly SyntaxNode[], { parameter = false, again = false } = {}) => {
    const scope = scopes.at(-1) ?? new Map<string, Draft>();
    const names = nodes.filter(({ kind }) => kind === 'identifier').map(textOf);
    const fresh = names.filter((name) => name !== '_' && !scope.has(name));
    // `:=` may name what is there already, as long as it brings something new.
    redeclared.push(...(again ? (fresh.length === 0 ? names : []) : names.filter((name) => scope.has(name))));
    for (const name of fresh) {
      const draft: Draft = { name, parameter, used: false };
      drafts.push(draft);
      scope.set(name, draft);
    }
  };

  const read = (node: SyntaxNode) => {
    const name = textOf(node);
    const draft = find(name);
    if (draft !== undefined) draft.used = true;
    else if (name !== '_') outside.add(name);
  };

  const visitAll = (nodes: readonly SyntaxNode[]) => {
    for (const node of nodes) visit(node);
  };

  /** The left side of `=`: a plain name is written, not read. */
  const assign = (list: SyntaxNode) => {
    for (const target of list.children) {
      if (target.kind !== 'identifier') visit(target);
      else if (find(textOf(target)) === undefined && textOf(target) !== '_') outside.add(textOf(target));
    }
  };

  const definition = (node: SyntaxNode) => {
    const [left, sign, ...right] = node.children;
    visitAll(right);
    if (left === undefined || sign === undefined) return;
    if (textOf(sign) === ':=') declare(left.children, { again: true });
    else if (textOf(sign) === '=') assign(left);
    else visit(left);
  };

  const specification = (node: SyntaxNode) => {
    const names = node.children.filter(({ kind }) => kind === 'identifier');
    visitAll(node.children.filter((child) => !names.includes(child)));
    declare(names);
  };

  const rangeClause = (node: SyntaxNode) => {
    const at = node.children.findIndex(({ kind }) => kind === 'range');
    visitAll(node.children.slice(at + 1));
    const [left, sign] = node.children;
    if (left?.kind !== 'expression_list' || sign === undefined) return;
    if (textOf(sign) === ':=') declare(left.children);
    else assign(left);
  };

  const keyedElement = ({ children: [key, , value] }: SyntaxNode) => {
    const [only] = key?.children ?? [];
    // A field's name looks like a variable's; only a variable of the function is taken for one.
    if (only?.kind !== 'identifier') visitAll(key?.children ?? []);
    else if (find(textOf(only)) !== undefined) read(only);
    if (value !== undefined) visit(value);
  };

  const handlers: Readonly<Partial<Record<string, (node: SyntaxNode) => void>>> = {
    identifier: read,
    short_var_declaration: definition,
    assignment_statement: definition,
    receive_statement: (node) => {
      if (node.children[0]?.kind === 'expression_list') definition(node);
      else visitAll(node.children);
    },
    var_spec: specification,
    const_spec: (node) => {
      specification(node);
      // Constants may stay unread.
      for (const name of node.children) if (name.kind === 'identifier') read(name);
    },
    range_clause: rangeClause,
    // Its parameters' names are there for the reader only.
    function_type: () => undefined,
    keyed_element: keyedElement,
    parameter_declaration: (node) => {
      parameters(node);
    },
    variadic_parameter_declaration: (node) => {
      parameters(node);
    },
    type_parameter_declaration: (node) => {
      parameters(node);
    },
    type_switch_statement: (node) => {
      const [, alias, sign] = node.children;
      if (alias?.kind === 'expression_list' && sign !== undefined && textOf(sign) === ':=') {
        visitAll(node.children.slice(3, 4));
        declare(alias.children);
        visitAll(node.children.slice(4));
      } else visitAll(node.children);
    },
    labeled_statement: (node) => {
      const [label, ...rest] = node.children;
      if (label !== undefined) labels.add(textOf(label));
      visitAll(rest);
    },
    label_name: (node) => {
      usedLabels.add(textOf(node));
    },
  };

  function parameters(node: SyntaxNode): void {
    visitAll(node.children.filter(({ kind }) => kind !== 'identifier'));
    declare(node.children, { parameter: true });
  }

  function visit(node: SyntaxNode): void {
    const handler = handlers[node.kind];
    const before = scopes;
    if (SCOPES.has(node.kind)) scopes = [...scopes, new Map<string, Draft>()];
    if (handler === undefined) visitAll(node.children);
    else handler(node);
    scopes = before;
  }

  const name = tree.children.find(({ kind }) => kind === 'identifier' || kind === 'field_identifier');
  visitAll(tree.children.filter((child) => child !== name));
  return { variables: drafts, outside, redeclared, labels, usedLabels };
}

function findIn(scopes: readonly Scope[], name: string): Draft | undefined {
  return scopes.findLast((scope) => scope.has(name))?.get(name);
}
