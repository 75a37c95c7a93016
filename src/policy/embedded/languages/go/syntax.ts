import { parse, type SgNode } from '@ast-grep/napi';
import { asIs, memoise } from '../memoise.ts';
import '../../../../syntax/grammars.ts';
import { toSyntaxNode, type SyntaxNode } from '../syntax-tree.ts';

/** A function or method declaration; its own tree is only built when asked for, since that is the dear part of parsing. */
export interface GoFunction {
  readonly name: string;
  /** `Type.Method` or `Function`. */
  readonly qualifiedName: string;
  readonly start: number;
  readonly end: number;
  /** One-based first line, as tracebacks and coverage count. */
  readonly line: number;
  readonly lastLine: number;
  readonly tree: () => SyntaxNode;
}

/** The functions and methods of a source text. */
export const parseGo = memoise(
  (text: string): readonly GoFunction[] => {
    const root = parse('go', text).root();
    const rule = { any: [{ kind: 'function_declaration' }, { kind: 'method_declaration' }] };
    return root.findAll({ rule }).map(toFunction);
  },
  { keyOf: asIs },
);

export function sourceOf(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return text.slice(start, end);
}

/** The statements of a block or a case, in order; none where it is empty. */
export function statementsIn(node: SyntaxNode): readonly SyntaxNode[] {
  const list = node.kind === 'statement_list' ? node : node.children.find(({ kind }) => kind === 'statement_list');
  return list === undefined ? [] : list.children.filter(({ named, kind }) => named && kind !== 'comment');
}

/** The block that a function, loop or `if` begins. */
export function blockOf(node: SyntaxNode): SyntaxNode | undefined {
  return node.children.find(({ kind }) => kind === 'block');
}

/** The condition of an `if`, or of a loop that has nothing but one. */
export function conditionOf(node: SyntaxNode): SyntaxNode | undefined {
  if (node.kind !== 'if_statement') return undefined;
  const block = blockOf(node);
  const before = node.children.filter(
    ({ named, kind, end }) => named && kind !== 'comment' && end <= (block?.start ?? 0),
  );
  return before.at(-1);
}

/** Text with comments, strings and runes blanked out, at the same offsets. */
export const bareCode = memoise(
  (text: string) =>
    text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])+'/g, (token) =>
      token.replace(/[^\n]/g, ' '),
    ),
  { keyOf: asIs },
);

function toFunction(node: SgNode): GoFunction {
  const { start, end } = node.range();
  const name = node.field('name')?.text() ?? '';
  const receiver = /(\w+)(?:\[[^\]]*\])?\s*,?\s*\)$/.exec(node.field('receiver')?.text() ?? '')?.[1];
  let tree: SyntaxNode | undefined;
  return {
    name,
    qualifiedName: receiver === undefined ? name : `${receiver}.${name}`,
    start: start.index,
    end: end.index,
    line: start.line + 1,
    lastLine: end.line + 1,
    tree: () => (tree ??= toSyntaxNode(node)),
  };
}
