import type { SourceEdit } from './source-edit.ts';
import type { Operator } from '../choice/operator.ts';

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
