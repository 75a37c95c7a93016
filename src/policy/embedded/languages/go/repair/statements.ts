import { memoiseByPart } from '../../memoise.ts';
import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { walk, type SyntaxNode } from '../../syntax-tree.ts';
import { sourceOf, statementsIn, type GoFunction } from '../syntax.ts';

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
  /** The block has no statement: what it held may be missing. */
  readonly empty: boolean;
}

const BLOCKS = new Set(['block', 'expression_case', 'type_case', 'default_case', 'communication_case']);

/** What holds statements in a function, outermost first. */
export function blocksIn(tree: SyntaxNode): readonly SyntaxNode[] {
  return walk(tree).flatMap(({ node }) => (BLOCKS.has(node.kind) ? [node] : []));
}

/** All statements of a function, whatever block they are in. */
export const statementsOf = memoiseByPart((text, definition: GoFunction): readonly Statement[] =>
  blocksIn(definition.tree()).flatMap((block) => statementsOfBlock(text, block)),
);

function statementsOfBlock(text: string, block: SyntaxNode): readonly Statement[] {
  const nodes = statementsIn(block);
  const codes = nodes.map((node) => dedented(text, node));
  return nodes.map((node, index) => ({
    node,
    code: codes[index] ?? '',
    previous: codes[index - 1] ?? '',
    next: codes[index + 1] ?? '',
  }));
}

/** Where a statement could be put into a block: before each, and after the last unless that one leaves. */
export function gapsIn(text: string, block: SyntaxNode): readonly Gap[] {
  const statements = statementsOfBlock(text, block);
  const [first] = statements;
  if (first === undefined) return emptyGap(text, block);
  // A block on its header's own line (`case 1: return`) has no line of its own to add to.
  if (text.slice(lineStart(text, first.node.start), first.node.start).trim() !== '') return [];
  const indent = indentOf(text, first.node.start);
  const before = statements.map(({ node, code, previous }) => ({
    at: lineStart(text, node.start),
    indent,
    previous,
    next: code,
    empty: false,
  }));
  const last = statements.at(-1);
  if (last === undefined || /^(?:return|panic|continue|break|goto|fallthrough)\b/.test(last.code)) return before;
  return [...before, { at: nextLineStart(text, last.node.end), indent, previous: last.code, next: '', empty: false }];
}

function emptyGap(text: string, block: SyntaxNode): readonly Gap[] {
  const opening = block.children.find(({ kind }) => kind === '{' || kind === ':');
  if (opening === undefined) return [];
  const at = nextLineStart(text, opening.end);
  if (text.slice(opening.end, at).trim() !== '') return [];
  return [{ at, indent: `${indentOf(text, block.start)}\t`, previous: '', next: '', empty: true }];
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
    .trimEnd()
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}
