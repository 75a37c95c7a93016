import { namedChildren, walk, type SyntaxNode } from '../syntax-tree.ts';
import type { RepairDraft } from './draft.ts';

/** A name is called in several variants at most; more would crowd out other repairs. */
const MOST_VARIANTS = 3;
const CALLS = new Set(['call', 'call_expression', 'new_expression']);

/**
 * Calls of a function, in place of it another one that is known here and named alike: past changes often swap a function
 * for its stricter or more general variant (`getKey` and `getOwnKey`).
 */
export function calledAlikeDrafts(text: string, tree: SyntaxNode, known: Iterable<string>): readonly RepairDraft[] {
  const names = [...known];
  return walk(tree).flatMap(({ node }) => {
    const [called] = namedChildren(node);
    if (!CALLS.has(node.kind) || called?.kind !== 'identifier') return [];
    const name = text.slice(called.start, called.end);
    return names
      .filter((other) => other !== name && areVariants(name, other))
      .slice(0, MOST_VARIANTS)
      .map((other): RepairDraft => ({
        operator: 'name',
        origin: 'donor',
        edit: { start: called.start, end: called.end, replacement: other },
        sameNeighbours: 1,
      }));
  });
}

/** Whether one name has all words of the other and more. One word alone says too little. */
function areVariants(one: string, other: string): boolean {
  const [fewer = [], more = []] = [wordsOf(one), wordsOf(other)].sort((left, right) => left.length - right.length);
  const rest = new Set(more);
  return fewer.length >= 2 && more.length > fewer.length && fewer.every((word) => rest.has(word));
}

function wordsOf(name: string): readonly string[] {
  return name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g)?.map((word) => word.toLowerCase()) ?? [];
}
