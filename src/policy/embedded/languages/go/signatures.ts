import { asIs, memoise } from '../memoise.ts';
import type { SyntaxNode } from '../syntax-tree.ts';
import { blockOf, parseGo, sourceOf, type GoFunction } from './syntax.ts';

/** The functions of a file that take any number of arguments, with how many come before those. */
export const variadicFunctions = memoise(
  (text: string): ReadonlyMap<string, number> => {
    const found = parseGo(text).flatMap((definition): readonly (readonly [string, number])[] => {
      const header = headerOf(definition.tree());
      const variadic = header.find(({ kind }) => kind === 'variadic_parameter_declaration');
      return variadic === undefined ? [] : [[definition.name, parametersOf(text, definition).size - 1]];
    });
    return new Map(found);
  },
  { keyOf: asIs },
);

/** Parameters by name, with their types as they are written; the receiver is not among them. */
export function parametersOf(text: string, { tree }: GoFunction): ReadonlyMap<string, string> {
  return new Map(
    headerOf(tree()).flatMap((declaration) => {
      const type = declaration.children.filter(({ named }) => named).at(-1);
      const names = declaration.children.filter(({ kind }) => kind === 'identifier');
      return names.map((name) => [sourceOf(text, name), type === undefined ? '' : sourceOf(text, type)] as const);
    }),
  );
}

/** The name and type of a method's receiver. */
export function receiverOf(
  text: string,
  { tree }: GoFunction,
): { readonly name: string; readonly type: string } | undefined {
  const node = tree();
  if (node.kind !== 'method_declaration') return undefined;
  const list = node.children.find(({ kind }) => kind === 'parameter_list');
  const match = /^\(\s*(\w+)\s+(.+?)\s*\)$/s.exec(list === undefined ? '' : sourceOf(text, list));
  return match === null ? undefined : { name: match[1] ?? '', type: match[2] ?? '' };
}

/** The types of a function's results as they are written, in order; names of results are left out. */
export function resultTypesOf(text: string, { tree }: GoFunction): readonly string[] {
  const node = tree();
  const body = blockOf(node);
  const parameters = parameterListOf(node);
  const result = node.children.find(
    ({ named, start, end, kind }) =>
      named && kind !== 'comment' && start >= (parameters?.end ?? 0) && end <= (body?.start ?? 0),
  );
  if (result === undefined) return [];
  if (result.kind !== 'parameter_list') return [sourceOf(text, result)];
  return result.children
    .filter(({ kind }) => kind === 'parameter_declaration')
    .flatMap((declaration) => {
      const names = declaration.children.filter(({ kind }) => kind === 'identifier');
      const type = declaration.children.filter(({ named }) => named).at(-1);
      const written = type === undefined ? '' : sourceOf(text, type);
      return names.length === 0 ? [written] : names.map(() => written);
    });
}

/** The value of a type that nothing was assigned to; undefined where the text of the type does not tell. */
export function zeroOf(type: string): string | undefined {
  if (type === 'bool') return 'false';
  if (type === 'string') return '""';
  if (/^(?:u?int(?:8|16|32|64|ptr)?|byte|rune|float(?:32|64)|complex(?:64|128))$/.test(type)) return '0';
  if (/^(?:\*|\[\]|map\[|chan\b|func\b|interface\s*\{)|^(?:error|any)$/.test(type)) return 'nil';
  return undefined;
}

/** The same with the types that the file defines; of others a nil is as good a guess as any. */
export function likelyZeroOf(text: string, type: string): string {
  const known = zeroOf(type);
  if (known !== undefined) return known;
  const [, underlying = ''] = new RegExp(`^(?:type |\\t)${escaped(type)} (\\S+)`, 'm').exec(text) ?? [];
  if (underlying.startsWith('struct')) return `${type}{}`;
  return zeroOf(underlying) ?? 'nil';
}

function escaped(type: string): string {
  return type.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function headerOf(tree: SyntaxNode): readonly SyntaxNode[] {
  const list = parameterListOf(tree);
  const children = list?.children ?? [];
  return children.filter(({ kind }) => kind === 'parameter_declaration' || kind === 'variadic_parameter_declaration');
}

function parameterListOf(tree: SyntaxNode): SyntaxNode | undefined {
  const lists = tree.children.filter(({ kind }) => kind === 'parameter_list');
  return tree.kind === 'method_declaration' ? lists[1] : lists[0];
}
