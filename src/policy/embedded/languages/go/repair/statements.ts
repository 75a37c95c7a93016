import { indentOf, nextLineStart } from '../../source-edit.ts';
import { atMargin, createStatementReader, emptyGap, type Gap } from '../../repair/statements.ts';
import type { SyntaxNode } from '../../syntax-tree.ts';
import { sourceOf, statementsIn } from '../syntax.ts';

export const { blocksIn, statementsOf, gapsIn } = createStatementReader({
  blocks: new Set(['block', 'expression_case', 'type_case', 'default_case', 'communication_case']),
  nodesIn: statementsIn,
  codeOf: dedented,
  leaves: /^(?:return|panic|continue|break|goto|fallthrough)\b/,
  closes: false,
  gapsWithout: emptyBlock,
});

function emptyBlock(text: string, block: SyntaxNode): readonly Gap[] {
  const opening = block.children.find(({ kind }) => kind === '{' || kind === ':');
  if (opening === undefined) return [];
  const at = nextLineStart(text, opening.end);
  if (text.slice(opening.end, at).trim() !== '') return [];
  return [emptyGap(at, `${indentOf(text, block.start)}\t`)];
}

/** The code of a node as if it stood at the margin. */
export function dedented(text: string, node: SyntaxNode): string {
  return atMargin(sourceOf(text, node).trimEnd(), indentOf(text, node.start));
}
