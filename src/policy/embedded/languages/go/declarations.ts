import type { SyntaxNode } from '../syntax-tree.ts';

/** What begins a scope of names. */
export const SCOPES = new Set([
  'block',
  'func_literal',
  'if_statement',
  'for_statement',
  'expression_switch_statement',
  'type_switch_statement',
  'select_statement',
  'expression_case',
  'default_case',
  'type_case',
  'communication_case',
]);

/** A declaration or assignment, in the order in which Go looks at its parts. */
export interface DeclarationParts {
  readonly before: readonly SyntaxNode[];
  readonly assigned: readonly SyntaxNode[];
  readonly declared: readonly SyntaxNode[];
  readonly after: readonly SyntaxNode[];
}

export function isDeclaration(text: string, node: SyntaxNode): boolean {
  return (
    DECLARATIONS.has(node.kind) && (node.kind !== 'type_switch_statement' || signOf(text, node.children[2]) === ':=')
  );
}

const DECLARATIONS = new Set([
  'short_var_declaration',
  'assignment_statement',
  'receive_statement',
  'var_spec',
  'const_spec',
  'range_clause',
  'parameter_declaration',
  'variadic_parameter_declaration',
  'type_parameter_declaration',
  'type_switch_statement',
]);

export function partsOf(text: string, node: SyntaxNode): DeclarationParts {
  const { children } = node;
  switch (node.kind) {
    case 'type_switch_statement':
      // `switch x := y.(type) { …`: x is known in the cases.
      return { ...NONE, before: children.slice(3, 4), declared: children[1]?.children ?? [], after: children.slice(4) };
    case 'short_var_declaration':
    case 'assignment_statement':
    case 'receive_statement':
    case 'range_clause':
      return sidesOf(text, node);
    default: {
      const names = children.filter(({ kind }) => kind === 'identifier');
      return { ...NONE, before: children.filter((child) => !names.includes(child)), declared: names };
    }
  }
}

const NONE: DeclarationParts = { before: [], assigned: [], declared: [], after: [] };

/** `left := right`, `left = right`, `left += right`, `left := range right`. */
function sidesOf(text: string, { children }: SyntaxNode): DeclarationParts {
  const [left, sign, ...right] = children;
  if (left?.kind !== 'expression_list' || sign === undefined) return { ...NONE, before: children };
  switch (signOf(text, sign)) {
    case ':=':
      return { ...NONE, before: right, declared: left.children };
    case '=':
      return { ...NONE, before: right, assigned: left.children };
    default:
      return { ...NONE, before: [...right, left] };
  }
}

function signOf(text: string, node: SyntaxNode | undefined): string {
  return node === undefined ? '' : text.slice(node.start, node.end);
}
