import type { SourceEdit } from './source-edit.ts';

/** What kind of change an edit makes; the weights of both roles tell operators apart. */
export type Operator =
  | 'comparison'
  | 'equality'
  | 'membership'
  | 'boolean'
  | 'negation'
  | 'arithmetic'
  | 'constant'
  | 'truth'
  | 'argument-order'
  | 'return-value'
  | 'loop-control'
  | 'statement'
  | 'guard'
  | 'branch'
  | 'argument'
  | 'condition'
  | 'element'
  | 'wrapper'
  | 'name'
  | 'hunk';

/** One small change of one function. */
export interface CodeEdit {
  readonly operator: Operator;
  /** Over the whole text of the file. */
  readonly edit: SourceEdit;
}

export function replacing(
  operator: Operator,
  { start, end }: { readonly start: number; readonly end: number },
  replacement: string,
): CodeEdit {
  return { operator, edit: { start, end, replacement } };
}

export function isSameEdit({ edit: one }: CodeEdit, { edit: other }: CodeEdit): boolean {
  return one.start === other.start && one.end === other.end && one.replacement === other.replacement;
}
