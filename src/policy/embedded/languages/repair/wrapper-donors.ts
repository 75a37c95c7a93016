import { namedChildren, type SyntaxNode } from '../syntax-tree.ts';
import type { RepairDraft } from './draft.ts';

/** What a language calls the nodes that calls are made of, and those that hold a value. */
export interface WrapperKinds {
  readonly call: string;
  readonly arguments: string;
  /** Nodes whose values may be put into a call. */
  readonly holding: ReadonlySet<string>;
  /** Those of them whose first child is what the value is given to. */
  readonly assigning: ReadonlySet<string>;
  /** Values that may have been an argument. */
  readonly values: ReadonlySet<string>;
}

const MOST_WRAPPERS = 30;

/** Values put into calls of one argument that the file has elsewhere: a conversion that is missing. */
export function wrapperDrafts(
  kinds: WrapperKinds,
  { text, known }: { readonly text: string; readonly known: ReadonlySet<string> },
  { nodes, everywhere }: { readonly nodes: readonly SyntaxNode[]; readonly everywhere: readonly SyntaxNode[] },
): readonly RepairDraft[] {
  const calls = [...callsOf(kinds, text, everywhere)].filter(([name]) => known.has(name));
  return nodes
    .filter(({ kind }) => kinds.holding.has(kind))
    .flatMap((node) => namedChildren(node).slice(kinds.assigning.has(node.kind) ? 1 : 0))
    .filter(({ kind }) => kinds.values.has(kind))
    .flatMap((value) => wrapped(text, value, calls))
    .slice(0, MOST_WRAPPERS);
}

/** Functions that the file calls with one argument, with what they are called on. */
function callsOf(
  kinds: WrapperKinds,
  text: string,
  everywhere: readonly SyntaxNode[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const calls = new Map<string, Set<string>>();
  for (const { kind, children } of everywhere) {
    const [called, list] = children;
    if (kind !== kinds.call || called?.kind !== 'identifier' || list?.kind !== kinds.arguments) continue;
    const [only, ...others] = namedChildren(list);
    if (only === undefined || others.length > 0) continue;
    const name = text.slice(called.start, called.end);
    calls.set(name, (calls.get(name) ?? new Set()).add(text.slice(only.start, only.end)));
  }
  return calls;
}

/** Calls that the file has around this very value come first. */
function wrapped(
  text: string,
  { start, end }: SyntaxNode,
  calls: readonly (readonly [string, ReadonlySet<string>])[],
): readonly RepairDraft[] {
  const own = text.slice(start, end);
  return calls
    .filter(([name]) => !own.startsWith(`${name}(`))
    .sort(([, one], [, other]) => Number(other.has(own)) - Number(one.has(own)))
    .slice(0, 6)
    .map(([name, on]) => ({
      operator: 'wrapper',
      origin: 'donor',
      edit: { start, end, replacement: `${name}(${own})` },
      sameNeighbours: on.has(own) ? 1 : 0,
    }));
}
