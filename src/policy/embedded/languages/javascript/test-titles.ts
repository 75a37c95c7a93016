import { namedChildren, walk, type SyntaxNode } from '../syntax-tree.ts';
import { isFunction, sourceOf } from './syntax.ts';

/** A call that defines a test or holds some: `test("title", …)`, `describe("title", …)`, `t.test("title", …)`. */
export interface TitledCall {
  readonly node: SyntaxNode;
  /** The titles of the calls around it, outermost first, and its own; null where one is made up as the program runs. */
  readonly titles: readonly (string | null)[];
  /** The block of statements or the program that it stands in. */
  readonly holder: SyntaxNode;
  readonly statement: SyntaxNode;
}

/** The calls of a file that pass a title and a function, and stand as statements of their own. */
export function titledCalls(text: string, root: SyntaxNode): readonly TitledCall[] {
  return walk(root).flatMap(({ node, ancestors }) => {
    if (!isTitled(node)) return [];
    const place = ancestors.findLastIndex(({ kind }) => HOLDERS.has(kind));
    const holder = ancestors[place];
    const statement = ancestors[place + 1];
    if (holder === undefined || statement?.kind !== 'expression_statement') return [];
    // In `describe(…, () => …)` without a block the statement around is that of `describe`.
    if (ancestors.slice(place + 1).some(isFunction)) return [];
    const titles = [...ancestors, node].filter(isTitled).map((call) => titleOf(text, call));
    return [{ node, titles, holder, statement }];
  });
}

const HOLDERS = new Set(['program', 'statement_block']);

function isTitled(node: SyntaxNode): boolean {
  if (node.kind !== 'call_expression') return false;
  const given = node.children.find(({ kind }) => kind === 'arguments');
  const [title, ...others] = given === undefined ? [] : namedChildren(given);
  return title !== undefined && TITLES.has(title.kind) && others.some(isFunction);
}

/** A string, or one that is put together as the program runs. */
const TITLES = new Set(['string', 'template_string', 'binary_expression']);

function titleOf(text: string, call: SyntaxNode): string | null {
  const given = call.children.find(({ kind }) => kind === 'arguments');
  const title = given && namedChildren(given)[0];
  return title === undefined ? null : literalOf(sourceOf(text, title), title.kind);
}

/** The value of a string that is written out. */
function literalOf(source: string, kind: string): string | null {
  const isPlain = kind === 'string' || (kind === 'template_string' && !source.includes('${'));
  return isPlain ? source.slice(1, -1).replace(/\\(.)/gs, '$1') : null;
}
