import type { SgNode } from '@ast-grep/napi';
import { memoiseByObject } from './memoise.ts';

/** A node of the syntax tree as a plain object: walking the native one costs a call a step. */
export interface SyntaxNode {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly named: boolean;
  readonly children: readonly SyntaxNode[];
}

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

/** The plain tree below (and with) a native node; offsets are moved by `shift`. */
export function toSyntaxNode(node: SgNode, shift = 0): SyntaxNode {
  const { start, end } = node.range();
  return {
    kind: String(node.kind()),
    start: start.index + shift,
    end: end.index + shift,
    named: node.isNamed(),
    children: node.children().map((child) => toSyntaxNode(child, shift)),
  };
}
