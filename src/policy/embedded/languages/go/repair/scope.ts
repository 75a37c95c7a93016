import type { SyntaxNode } from '../../syntax-tree.ts';
import { knownOutside } from '../compiles.ts';
import { namesOf } from '../scopes.ts';
import { parametersOf, receiverOf } from '../signatures.ts';
import { bareCode, type GoFunction } from '../syntax.ts';

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
}

export function scopeOf(text: string, definition: GoFunction): Scope {
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
    known: new Set([...locals, ...knownOutside(text), ...KEYWORD_VALUES]),
  };
}

/** The names that a piece of code reads or writes: no fields, no keywords. */
export function namesIn(code: string): readonly string[] {
  const names = [...bareCode(code).matchAll(/(?<![\w.])([A-Za-z_]\w*)(?!\w*\s*:[^=])/g)].map(([, name]) => name ?? '');
  return [...new Set(names)].filter((name) => !KEYWORDS.has(name));
}

const KEYWORDS = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package ' +
    'range return select struct switch type var'
  ).split(' '),
);

const KEYWORD_VALUES = 'true false nil iota _ len cap append make new panic string int bool byte rune error'.split(' ');
