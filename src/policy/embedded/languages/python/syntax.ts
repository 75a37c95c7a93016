import { parse, type SgNode } from '@ast-grep/napi';
import { asIs, memoise } from '../memoise.ts';
import '../../../../syntax/grammars.ts';
import { toSyntaxNode, type SyntaxNode } from '../syntax-tree.ts';

export { namedChildren, walk, type SyntaxNode } from '../syntax-tree.ts';

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
