import { directEdits } from '../direct.ts';
import { removalEdits } from '../removal.ts';
import { namedChildren, walk, type SyntaxNode } from '../syntax.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { gettersOf, lastAssignedBefore, sourceOf, type Scope } from './scope.ts';

/** Changes in place: every operator that an injector's mutation could have come from. */
export function inverseDrafts(scope: Scope, specification: string): readonly RepairDraft[] {
  const { text, definition, tree } = scope;
  const changed = directEdits(text, definition).map((edit): RepairDraft => ({ ...edit, origin: 'inverse' }));
  // Undoing a past change puts old lines back; taking those out again undoes it.
  const removed = removalEdits(text, definition).map((edit): RepairDraft => ({ ...edit, origin: 'removal' }));
  const returned = walk(tree).flatMap(({ node }) => restoredReturns(scope, node));
  const literals = walk(tree).flatMap(({ node }) => literalsOf(text, node, specification));
  return [...changed, ...removed, ...returned, ...literals];
}

/** `return None` and `return not (x)` are what a spoiled return looks like. */
function restoredReturns(scope: Scope, node: SyntaxNode): readonly RepairDraft[] {
  if (node.kind !== 'return_statement') return [];
  const { text } = scope;
  const value = namedChildren(node)[0];
  if (value?.kind === 'none') {
    const last = lastAssignedBefore(scope, node.start);
    const getters = gettersOf(scope);
    const locals = scope.locals.filter((name) => name !== 'self' && name !== 'cls');
    return [...getters, ...locals].map((returned) => ({
      operator: 'return-value',
      origin: 'inverse',
      edit: { ...span(value), replacement: returned },
      forPlaceholder: true,
      lastAssigned: returned === last || getters.includes(returned),
    }));
  }
  const inner = value?.kind === 'not_operator' ? namedChildren(value)[0] : undefined;
  if (value === undefined || inner?.kind !== 'parenthesized_expression') return [];
  const replacement = sourceOf(text, inner).slice(1, -1);
  return [{ operator: 'return-value', origin: 'inverse', edit: { ...span(value), replacement }, forPlaceholder: true }];
}

/** Literals of the specification in place of the function's own, where they are of a kind and not far apart. */
function literalsOf(text: string, node: SyntaxNode, specification: string): readonly RepairDraft[] {
  if (node.kind !== 'integer' && node.kind !== 'string') return [];
  const own = sourceOf(text, node);
  const pattern = node.kind === 'integer' ? /\b\d{1,6}\b/g : /(["'])[^"'\n\\]{1,30}\1/g;
  const others = [...new Set(specification.match(pattern) ?? [])].filter((literal) => literal !== own);
  return others
    .filter((literal) => node.kind === 'integer' || Math.abs(literal.length - own.length) <= 2)
    .slice(0, MOST_LITERALS)
    .map((replacement) => ({ operator: 'constant', origin: 'failure', edit: { ...span(node), replacement } }));
}

const MOST_LITERALS = 4;

function span({ start, end }: SyntaxNode): { readonly start: number; readonly end: number } {
  return { start, end };
}
