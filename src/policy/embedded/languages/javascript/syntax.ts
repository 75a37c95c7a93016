import { Lang, parse, type SgNode } from '@ast-grep/napi';
import { asIs, memoise } from '../memoise.ts';
import { applyEdit, type SourceEdit } from '../source-edit.ts';
import { namedChildren, toSyntaxNode, type SyntaxNode } from '../syntax-tree.ts';

/** A function that goes by a name; its own tree is only built when asked for, since that is the dear part of parsing. */
export interface JavaScriptFunction {
  readonly name: string;
  /** `Class.method`, `outer.inner` or `function`. */
  readonly qualifiedName: string;
  readonly start: number;
  readonly end: number;
  /** One-based, inclusive. */
  readonly line: number;
  readonly lastLine: number;
  tree(): SyntaxNode;
}

export interface JavaScriptModule {
  readonly grammar: Lang;
  readonly functions: readonly JavaScriptFunction[];
  tree(): SyntaxNode;
}

/** In this order: JavaScript's grammar knows JSX, TypeScript's the casts that look like it, and the last knows both. */
const GRAMMARS = [Lang.JavaScript, Lang.TypeScript, Lang.Tsx] as const;

/**
 * The functions of a source text; undefined where no grammar reads it without an error.
 *
 * The text alone decides the grammar, so that whoever holds no path (an edit, a donor) reads it the same way.
 */
export const parseJavaScript = memoise(
  (text: string): { readonly module: JavaScriptModule | undefined } => {
    const grammar = GRAMMARS.find((candidate) => isSound(text, candidate));
    if (grammar === undefined) return { module: undefined };
    const root = parse(grammar, text).root();
    let tree: SyntaxNode | undefined;
    return {
      module: {
        grammar,
        functions: root.findAll({ rule: { any: FUNCTIONS.map((kind) => ({ kind })) } }).flatMap(toFunction),
        tree: () => (tree ??= toSyntaxNode(root)),
      },
    };
  },
  { keyOf: asIs },
);

/** Whether a grammar reads a text without an error. */
export function isSound(text: string, grammar: Lang): boolean {
  return (
    parse(grammar, text)
      .root()
      .find({ rule: { kind: 'ERROR' } }) === null
  );
}

/**
 * Tells whether a text still parses after an edit of one of its functions; parsing the function alone is much cheaper,
 * where it can stand alone.
 */
export function soundnessOf(text: string, grammar: Lang, { start, end }: Span): (edit: SourceEdit) => boolean {
  const code = text.slice(start, end);
  const frame = FRAMES.find(([before, after]) => isSound(before + code + after, grammar));
  return (edit) => {
    if (frame === undefined || edit.start < start || edit.end > end) return isSound(applyEdit(text, edit), grammar);
    const own = { ...edit, start: edit.start - start, end: edit.end - start };
    return isSound(frame[0] + applyEdit(code, own) + frame[1], grammar);
  };
}

/** What a function expression, a method of an object and a method of a class stand in. */
const FRAMES = [
  ['(', ')'],
  ['({', '})'],
  ['(class {', '})'],
] as const;

interface Span {
  readonly start: number;
  readonly end: number;
}

const FUNCTIONS = [
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'generator_function',
  'arrow_function',
  'method_definition',
];

export function functionsIn(text: string): readonly JavaScriptFunction[] {
  return parseJavaScript(text).module?.functions ?? [];
}

export function isFunction({ kind }: SyntaxNode): boolean {
  return FUNCTIONS.includes(kind);
}

/** The value that stands in parentheses; any other node is its own. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  return node.kind === 'parenthesized_expression' ? (namedChildren(node)[0] ?? node) : node;
}

/** The token of an operator: `a < b` gives the node of `<`. */
export function operatorOf(node: SyntaxNode): SyntaxNode | undefined {
  return OPERATIONS.has(node.kind) ? node.children.find(({ named }) => !named) : undefined;
}

const OPERATIONS = new Set([
  'binary_expression',
  'unary_expression',
  'update_expression',
  'augmented_assignment_expression',
]);

/** `&&`, `||` or `??` with its two sides. */
export function isLogical(node: SyntaxNode): boolean {
  return node.kind === 'binary_expression' && ['&&', '||', '??'].includes(operatorOf(node)?.kind ?? '');
}

export function sourceOf(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

function toFunction(node: SgNode): readonly JavaScriptFunction[] {
  const name = nameOf(node);
  if (name === undefined) return [];
  const { start, end } = node.range();
  const owners = node.ancestors().flatMap((ancestor) => ownerName(ancestor) ?? []);
  let tree: SyntaxNode | undefined;
  return [
    {
      name,
      qualifiedName: [...owners.reverse(), name].join('.'),
      start: start.index,
      end: end.index,
      line: start.line + 1,
      lastLine: end.line + 1,
      tree: () => (tree ??= toSyntaxNode(node)),
    },
  ];
}

function ownerName(node: SgNode): string | undefined {
  const kind = String(node.kind());
  if (kind === 'class_declaration' || kind === 'class') return node.field('name')?.text();
  return FUNCTIONS.includes(kind) ? nameOf(node) : undefined;
}

/** The name that a function is declared, assigned or kept under; a callback has none and belongs to who passes it. */
function nameOf(node: SgNode): string | undefined {
  const own = node.field('name')?.text();
  if (own !== undefined) return identifier(own);
  const holder = node.parent();
  if (holder === null) return undefined;
  switch (String(holder.kind())) {
    case 'variable_declarator':
    case 'public_field_definition':
      return identifier(holder.field('name')?.text());
    case 'field_definition':
      return identifier(holder.field('property')?.text());
    case 'assignment_expression':
      return identifier(holder.field('left')?.text().split('.').at(-1));
    case 'pair':
      return identifier(holder.field('key')?.text());
    case 'export_statement':
      return 'default';
    default:
      return undefined;
  }
}

/** Names go into patterns and are looked for in texts, so what is no plain name gets one. */
function identifier(name: string | undefined): string {
  const bare = name?.replace(/^#|^(["'])(.*)\1$/g, '$2') ?? '';
  return /^\w+$/.test(bare) ? bare : 'unnamed';
}
