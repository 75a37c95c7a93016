import type { RepairDraft } from '../../repair/draft.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { directEdits } from '../direct.ts';
import { PLAIN_VALUES, removalEdits } from '../removal.ts';
import { isLogical, sourceOf, unwrapped } from '../syntax.ts';
import { lastAssignedBefore, type Scope } from './scope.ts';

/** Changes in place: every operator that an injector's mutation could have come from. */
export function inverseDrafts(scope: Scope, specification: string): readonly RepairDraft[] {
  const { text, tree } = scope;
  // Spoiling a return undoes nothing.
  const changed = directEdits(text, tree)
    .filter(({ edit }) => edit.replacement !== 'undefined')
    .map((edit): RepairDraft => ({ ...edit, origin: 'inverse' }));
  // Undoing a past change puts old lines back; taking those out again undoes it.
  const removed = removalEdits(text, tree).map((edit): RepairDraft => ({ ...edit, origin: 'removal' }));
  const nodes = walk(tree).map(({ node }) => node);
  return [
    ...changed,
    ...removed,
    ...nodes.flatMap((node) => restoredReturns(scope, node)),
    ...nodes.flatMap((node) => restoredNegations(scope, node)),
    ...nodes.flatMap((node) => literalsOf(text, node, specification)),
  ];
}

/** `return undefined` and `return !(x)` are what a spoiled return looks like. */
function restoredReturns(scope: Scope, node: SyntaxNode): readonly RepairDraft[] {
  if (node.kind !== 'return_statement') return [];
  const { text } = scope;
  const value = namedChildren(node)[0];
  if (value === undefined) return [];
  if (sourceOf(text, value) === 'undefined') {
    const last = lastAssignedBefore(scope, node.start);
    return [...scope.locals, 'this'].map((returned) => ({
      operator: 'return-value',
      origin: 'inverse',
      edit: { ...span(value), replacement: returned },
      forPlaceholder: true,
      lastAssigned: returned === last,
    }));
  }
  const inner = value.kind === 'unary_expression' ? namedChildren(value)[0] : undefined;
  if (inner?.kind !== 'parenthesized_expression' || value.children[0]?.kind !== '!') return [];
  const replacement = sourceOf(text, unwrapped(inner));
  return [{ operator: 'return-value', origin: 'inverse', edit: { ...span(value), replacement }, forPlaceholder: true }];
}

/** A `!` may be missing on either side of a condition, and before what is returned or kept. */
function restoredNegations({ text }: Scope, node: SyntaxNode): readonly RepairDraft[] {
  const holds = isLogical(node) || node.kind === 'return_statement' || node.kind === 'variable_declarator';
  if (!holds) return [];
  return namedChildren(node)
    .slice(node.kind === 'variable_declarator' ? 1 : 0)
    .filter(({ kind }) => PLAIN_VALUES.has(kind))
    .map((operand) => ({
      operator: 'negation',
      origin: 'inverse',
      edit: { ...span(operand), replacement: `!${sourceOf(text, operand)}` },
    }));
}

/** Literals of the specification in place of the function's own, where they are of a kind and not far apart. */
function literalsOf(text: string, node: SyntaxNode, specification: string): readonly RepairDraft[] {
  if (node.kind !== 'number' && node.kind !== 'string') return [];
  const own = sourceOf(text, node);
  const pattern = node.kind === 'number' ? /\b\d{1,6}\b/g : /(["'])[^"'\n\\]{1,30}\1/g;
  const others = [...new Set(specification.match(pattern) ?? [])].filter((literal) => literal !== own);
  return others
    .filter((literal) => node.kind === 'number' || Math.abs(literal.length - own.length) <= 2)
    .slice(0, MOST_LITERALS)
    .map((replacement) => ({ operator: 'constant', origin: 'failure', edit: { ...span(node), replacement } }));
}

const MOST_LITERALS = 4;

function span({ start, end }: SyntaxNode): { readonly start: number; readonly end: number } {
  return { start, end };
}
