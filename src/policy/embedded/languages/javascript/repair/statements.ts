import { indentOf, nextLineStart } from '../../source-edit.ts';
import { namedChildren, type SyntaxNode } from '../../syntax-tree.ts';
import { mappingBetween } from '../../repair/adapted-code.ts';
import { atMargin, createStatementReader, emptyGap, type Gap } from '../../repair/statements.ts';
import { sourceOf, type JavaScriptFunction } from '../syntax.ts';

export const { blocksIn, statementsOf, gapsIn } = createStatementReader({
  blocks: new Set(['statement_block']),
  nodesIn: namedChildren,
  codeOf: dedented,
  leaves: /^(?:return|throw|continue|break)\b/,
  closes: true,
  gapsWithout: emptyBlock,
});

function emptyBlock(text: string, block: SyntaxNode): readonly Gap[] {
  const at = nextLineStart(text, block.start);
  return at >= block.end ? [] : [emptyGap(at, indentOf(text, block.start) + indentUnit(text))];
}

/** What the file indents a block by: its smallest indentation. */
function indentUnit(text: string): string {
  if (/^\t/m.test(text)) return '\t';
  const widths = [...text.matchAll(/^( +)[^\s*]/gm)].map(([, spaces = '']) => spaces.length);
  return ' '.repeat(Math.max(1, Math.min(4, ...widths)));
}

/** The code of a node as if it stood at the margin. */
export function dedented(text: string, node: SyntaxNode): string {
  return atMargin(sourceOf(text, node), indentOf(text, node.start));
}

/** Which names of one function stand for which of another, by their statements. */
export function nameMapping(
  text: string,
  from: JavaScriptFunction,
  to: JavaScriptFunction,
): ReadonlyMap<string, string> {
  if (from === to) return new Map();
  const lines = (definition: JavaScriptFunction) =>
    statementsOf(text, definition)
      .map(({ code }) => code.split('\n')[0] ?? '')
      .filter((line) => line.includes('('));
  return mappingBetween({ name: from.name, lines: lines(from) }, { name: to.name, lines: lines(to) });
}
