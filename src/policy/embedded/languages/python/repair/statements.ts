import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { atMargin, createStatementReader, emptyGap } from '../../repair/statements.ts';
import { namedChildren, type SyntaxNode } from '../syntax.ts';
import { sourceOf } from './scope.ts';

export const { blocksIn, statementsOf, gapsIn } = createStatementReader({
  blocks: new Set(['block']),
  nodesIn: namedChildren,
  codeOf: dedented,
  leaves: /^(?:return|raise|continue|break)\b/,
  closes: false,
  gapsWithout: () => [],
  placeholder: (text, only, indent) =>
    only.kind === 'pass_statement'
      ? emptyGap(lineStart(text, only.start), indent, nextLineStart(text, only.end))
      : undefined,
});

/** The code of a node as if it stood at the margin. */
export function dedented(text: string, node: SyntaxNode): string {
  return atMargin(sourceOf(text, node), indentOf(text, node.start));
}
