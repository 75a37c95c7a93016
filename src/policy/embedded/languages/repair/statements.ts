import { memoiseByObject } from '../memoise.ts';
import { indentOf, lineStart, nextLineStart } from '../source-edit.ts';
import { walk, type SyntaxNode } from '../syntax-tree.ts';

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
  /** Behind what gives way to the statement; else the same offset. */
  readonly end: number;
  readonly indent: string;
  readonly previous: string;
  readonly next: string;
  /** The block holds nothing else: what it held may be missing. */
  readonly empty: boolean;
}

/** How a language lays out statements. */
export interface StatementLayout {
  /** Kinds of nodes that hold statements. */
  readonly blocks: ReadonlySet<string>;
  readonly nodesIn: (block: SyntaxNode) => readonly SyntaxNode[];
  readonly codeOf: (text: string, node: SyntaxNode) => string;
  /** Code behind which nothing is reached any more. */
  readonly leaves: RegExp;
  /** A last gap has to lie before the end of its block, which is a bracket. */
  readonly closes: boolean;
  /** Where something could be put into a block that holds nothing. */
  readonly gapsWithout: (text: string, block: SyntaxNode) => readonly Gap[];
  /** The gap of a statement that stands for nothing, as the only one of its block. */
  readonly placeholder?: (text: string, only: SyntaxNode, indent: string) => Gap | undefined;
}

/** What donors and clauses are made of, read in one language. */
export interface StatementReader {
  /** The blocks of a function, outermost first. */
  readonly blocksIn: (tree: SyntaxNode) => readonly SyntaxNode[];
  /** All statements of a function, whatever block they are in. */
  readonly statementsOf: (text: string, definition: { tree(): SyntaxNode }) => readonly Statement[];
  /** Where a statement could be put into a block: before each, after the last, or where there is none. */
  readonly gapsIn: (text: string, block: SyntaxNode) => readonly Gap[];
}

export function createStatementReader(layout: StatementLayout): StatementReader {
  const blocksIn = (tree: SyntaxNode) => walk(tree).flatMap(({ node }) => (layout.blocks.has(node.kind) ? [node] : []));
  // A function belongs to one text, so it alone is the key.
  const listOf = memoiseByObject((definition: { tree(): SyntaxNode }) => {
    let kept: readonly Statement[] | undefined;
    return (text: string) =>
      (kept ??= blocksIn(definition.tree()).flatMap((block) => statementsIn(layout, text, block)));
  });
  return {
    blocksIn,
    statementsOf: (text, definition) => listOf(definition)(text),
    gapsIn: (text, block) => gapsIn(layout, text, block),
  };
}

function statementsIn({ nodesIn, codeOf }: StatementLayout, text: string, block: SyntaxNode): readonly Statement[] {
  const nodes = nodesIn(block);
  const codes = nodes.map((node) => codeOf(text, node));
  return nodes.map((node, index) => ({
    node,
    code: codes[index] ?? '',
    previous: codes[index - 1] ?? '',
    next: codes[index + 1] ?? '',
  }));
}

function gapsIn(layout: StatementLayout, text: string, block: SyntaxNode): readonly Gap[] {
  const statements = statementsIn(layout, text, block);
  const [first] = statements;
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return layout.gapsWithout(text, block);
  // A block on its header's own line (`if x: return`) has no line of its own to add to.
  if (text.slice(lineStart(text, first.node.start), first.node.start).trim() !== '') return [];
  const indent = indentOf(text, first.node.start);
  const placeholder = first === last ? layout.placeholder?.(text, first.node, indent) : undefined;
  if (placeholder !== undefined) return [placeholder];
  const before = statements
    .filter(({ node }) => !isDocumentation(node))
    .map(({ node, code, previous }) => gapAt(lineStart(text, node.start), { indent, previous, next: code }));
  if (layout.leaves.test(last.code)) return before;
  const behind = nextLineStart(text, last.node.end);
  if (layout.closes && behind >= block.end) return before;
  return [...before, gapAt(behind, { indent, previous: last.code, next: '' })];
}

/** A docstring or a directive is read only where it is the first. */
export function isDocumentation(node: SyntaxNode): boolean {
  return node.children[0]?.kind === 'string';
}

function gapAt(at: number, around: Pick<Gap, 'indent' | 'previous' | 'next'>): Gap {
  return { at, end: at, ...around, empty: false };
}

/** A gap in a block that holds nothing. */
export function emptyGap(at: number, indent: string, end = at): Gap {
  return { at, end, indent, previous: '', next: '', empty: true };
}

/** Lines of code at another indentation. */
export function indented(code: string, indent: string): string {
  return code
    .split('\n')
    .map((line) => (line === '' ? '\n' : `${indent}${line}\n`))
    .join('');
}

/** Code as if it stood at the margin, where its first line is indented by `indent`. */
export function atMargin(code: string, indent: string): string {
  return code
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}
