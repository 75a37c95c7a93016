import { parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi';
import python from '@ast-grep/lang-python';
import { asIs, memoise, memoiseByObject } from '../../memoise.ts';

registerDynamicLanguage({ python });

/** A node of the syntax tree as a plain object: walking the native one costs a call a step. */
export interface SyntaxNode {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly named: boolean;
  readonly children: readonly SyntaxNode[];
}

/** A function or method; its own tree is only built when asked for, since that is the dear part of parsing. */
export interface PythonFunction {
  readonly name: string;
  /** `Class.method` or `function`. */
  readonly qualifiedName: string;
  /** Offsets, decorators included. */
  readonly start: number;
  readonly end: number;
  /** One-based first line of `def`, as Python's tracebacks count. */
  readonly line: number;
  readonly lastLine: number;
  tree(): SyntaxNode;
}

export interface PythonClass {
  readonly name: string;
  readonly bases: readonly string[];
  /** Statements in its body. */
  readonly members: number;
  readonly start: number;
  readonly end: number;
}

export interface PythonModule {
  readonly functions: readonly PythonFunction[];
  readonly classes: readonly PythonClass[];
}

/** The functions and classes of a source text. */
export const parsePython = memoise(
  (text: string): PythonModule => {
    const root = parse('python', text).root();
    return {
      functions: root.findAll({ rule: { kind: 'function_definition' } }).map(toFunction),
      classes: root.findAll({ rule: { kind: 'class_definition' } }).map(toClass),
    };
  },
  { keyOf: asIs },
);

/** A node with its ancestors, innermost last. */
export interface Visit {
  readonly node: SyntaxNode;
  readonly ancestors: readonly SyntaxNode[];
}

/** Every node below (and with) a node, in the order of the text. */
export const walk = memoiseByObject((root: SyntaxNode): readonly Visit[] => {
  const visits: Visit[] = [];
  const visit = (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => {
    visits.push({ node, ancestors });
    const below = [...ancestors, node];
    for (const child of node.children) visit(child, below);
  };
  visit(root, []);
  return visits;
});

/** The children that carry meaning: no punctuation, no comments. */
export function namedChildren(node: SyntaxNode): readonly SyntaxNode[] {
  return node.children.filter(({ named, kind }) => named && kind !== 'comment');
}

/** The block of a compound statement. */
export function blockOf(node: SyntaxNode): SyntaxNode | undefined {
  return node.children.find(({ kind }) => kind === 'block');
}

function toFunction(node: SgNode): PythonFunction {
  const outer = withDecorators(node);
  const owner = node.ancestors().find((ancestor) => ancestor.kind() === 'class_definition');
  const name = nameOf(node);
  let tree: SyntaxNode | undefined;
  return {
    name,
    qualifiedName: owner === undefined ? name : `${nameOf(owner)}.${name}`,
    start: outer.range().start.index,
    end: outer.range().end.index,
    line: node.range().start.line + 1,
    lastLine: node.range().end.line + 1,
    tree: () => (tree ??= toSyntaxNode(outer)),
  };
}

function toClass(node: SgNode): PythonClass {
  const { start, end } = withDecorators(node).range();
  const bases = node.field('superclasses')?.namedChildren() ?? [];
  return {
    name: nameOf(node),
    bases: bases.map((base) => base.text().split('.').at(-1) ?? ''),
    members: (node.field('body')?.namedChildren() ?? []).filter((member) => member.kind() !== 'comment').length,
    start: start.index,
    end: end.index,
  };
}

function nameOf(definition: SgNode): string {
  return definition.field('name')?.text() ?? '';
}

function withDecorators(node: SgNode): SgNode {
  const parent = node.parent();
  return parent?.kind() === 'decorated_definition' ? parent : node;
}

function toSyntaxNode(node: SgNode): SyntaxNode {
  const { start, end } = node.range();
  return {
    kind: String(node.kind()),
    start: start.index,
    end: end.index,
    named: node.isNamed(),
    children: node.children().map(toSyntaxNode),
  };
}
