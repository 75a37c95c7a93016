import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { namedChildren, walk, type SyntaxNode } from '../../syntax-tree.ts';
import { mappingBetween } from '../../repair/adapted-code.ts';
import { memoiseByObject } from '../../memoise.ts';
import { sourceOf, type JavaScriptFunction } from '../syntax.ts';

/** A statement with what stands around it, as text without indentation. */
export interface Statement {
  readonly node: SyntaxNode;
  readonly code: string;
  readonly previous: string;
  readonly next: string;
}

/** A place between two statements. */
export interface Gap {
  /** Offset of the line's beginning. */
  readonly at: number;
  readonly indent: string;
  readonly previous: string;
  readonly next: string;
  /** The block holds nothing else. */
  readonly empty: boolean;
}

/** The blocks of a function, outermost first. */
export function blocksIn(tree: SyntaxNode): readonly SyntaxNode[] {
  return walk(tree).flatMap(({ node }) => (node.kind === 'statement_block' ? [node] : []));
}

/** All statements of a function, whatever block they are in. */
export function statementsOf(text: string, definition: JavaScriptFunction): readonly Statement[] {
  // A function belongs to one text, so it alone is the key.
  return listsOf(definition)(text);
}

const listsOf = memoiseByObject((definition: JavaScriptFunction) => {
  let kept: readonly Statement[] | undefined;
  return (text: string) => (kept ??= blocksIn(definition.tree()).flatMap((block) => statementsIn(text, block)));
});

function statementsIn(text: string, block: SyntaxNode): readonly Statement[] {
  const nodes = namedChildren(block);
  const codes = nodes.map((node) => dedented(text, node));
  return nodes.map((node, index) => ({
    node,
    code: codes[index] ?? '',
    previous: codes[index - 1] ?? '',
    next: codes[index + 1] ?? '',
  }));
}

/** Where a statement could be put into a block: before each, after the last, or where there is none. */
export function gapsIn(text: string, block: SyntaxNode): readonly Gap[] {
  const statements = statementsIn(text, block);
  const [first] = statements;
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return emptyBlock(text, block);
  // A block on one line (`{ return x; }`) has no line of its own to add to.
  if (text.slice(lineStart(text, first.node.start), first.node.start).trim() !== '') return [];
  const indent = indentOf(text, first.node.start);
  const before = statements
    .filter(({ node }) => node.children[0]?.kind !== 'string')
    .map(({ node, code, previous }) => ({
      at: lineStart(text, node.start),
      indent,
      previous,
      next: code,
      empty: false,
    }));
  if (/^(?:return|throw|continue|break)\b/.test(last.code)) return before;
  const at = nextLineStart(text, last.node.end);
  return at < block.end ? [...before, { at, indent, previous: last.code, next: '', empty: false }] : before;
}

function emptyBlock(text: string, block: SyntaxNode): readonly Gap[] {
  const at = nextLineStart(text, block.start);
  if (at >= block.end) return [];
  const indent = indentOf(text, block.start) + indentUnit(text);
  return [{ at, indent, previous: '', next: '', empty: true }];
}

/** What the file indents a block by: its smallest indentation. */
function indentUnit(text: string): string {
  if (/^\t/m.test(text)) return '\t';
  const widths = [...text.matchAll(/^( +)[^\s*]/gm)].map(([, spaces = '']) => spaces.length);
  return ' '.repeat(Math.max(1, Math.min(4, ...widths)));
}

/** Lines of code at another indentation. */
export function indented(code: string, indent: string): string {
  return code
    .split('\n')
    .map((line) => (line === '' ? '\n' : `${indent}${line}\n`))
    .join('');
}

/** The code of a node as if it stood at the margin. */
export function dedented(text: string, node: SyntaxNode): string {
  const indent = indentOf(text, node.start);
  return sourceOf(text, node)
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
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
