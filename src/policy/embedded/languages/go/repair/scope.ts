import { lineOf } from '../../source-edit.ts';
import type { SyntaxNode } from '../../syntax-tree.ts';
import { knownOutside } from '../compiles.ts';
import { namesOf } from '../scopes.ts';
import { parametersOf, receiverOf } from '../signatures.ts';
import type { GoFunction } from '../syntax.ts';

/** A function, ready to be repaired: its tree and the names in it. */
export interface Scope {
  readonly text: string;
  readonly definition: GoFunction;
  readonly tree: SyntaxNode;
  readonly receiver: { readonly name: string; readonly type: string } | undefined;
  readonly parameters: ReadonlyMap<string, string>;
  /** Parameters and names that it declares. */
  readonly locals: readonly string[];
  /** Parameters that nothing reads: something that read them may be missing. Go has no other names without use. */
  readonly unused: ReadonlySet<string>;
  /** Every name that code here may use, as far as the file tells. */
  readonly known: ReadonlySet<string>;
  /** Whether failing tests came by a place, or by the line before it; anywhere where nothing is known. */
  readonly isReached: (offset: number) => boolean;
}

export function scopeOf(
  text: string,
  definition: GoFunction,
  suspiciousness: ReadonlyMap<number, number> = new Map(),
): Scope {
  const tree = definition.tree();
  const { variables } = namesOf(text, tree);
  const receiver = receiverOf(text, definition);
  const locals = [...new Set(variables.map(({ name }) => name))];
  const used = new Set(variables.filter((each) => each.used).map(({ name }) => name));
  return {
    text,
    definition,
    tree,
    receiver,
    parameters: parametersOf(text, definition),
    locals,
    unused: new Set(locals.filter((name) => !used.has(name) && name !== receiver?.name)),
    known: new Set([...locals, ...knownOutside(text)]),
    isReached: (offset) => {
      const line = lineOf(text, offset) + 1;
      return suspiciousness.size === 0 || suspiciousness.has(line) || suspiciousness.has(line - 1);
    },
  };
}
