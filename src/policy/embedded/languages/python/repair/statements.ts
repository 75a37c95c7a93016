import { namedChildren, walk, type PythonFunction, type SyntaxNode } from '../syntax.ts';
import { indentOf, lineStart, nextLineStart } from '../../source-edit.ts';
import { sourceOf } from './scope.ts';

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
  /** Behind what gives way to the statement: a `pass` that stands for nothing else; else the same offset. */
  readonly end: number;
  readonly indent: string;
  readonly previous: string;
  readonly next: string;
}

/** The blocks of a function, outermost first. */
export function blocksIn(tree: SyntaxNode): readonly SyntaxNode[] {
  return walk(tree).flatMap(({ node }) => (node.kind === 'block' ? [node] : []));
}

/** All statements of a function, whatever block they are in. */
export function statementsOf(text: string, definition: PythonFunction): readonly Statement[] {
  const kept = statementsByFunction.get(definition);
  if (kept !== undefined) return kept;
  const statements = blocksIn(definition.tree()).flatMap((block) => statementsIn(text, block));
  statementsByFunction.set(definition, statements);
  return statements;
}

// A function belongs to one text, so it alone is the key.
const statementsByFunction = new WeakMap<PythonFunction, readonly Statement[]>();

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

/** Where a statement could be put into a block: before each, after the last, or for a `pass`. Not before a docstring. */
export function gapsIn(text: string, block: SyntaxNode): readonly Gap[] {
  const statements = statementsIn(text, block);
  const [first] = statements;
  // A block on its header's own line (`if x: return`) has no line of its own to add to.
  if (first === undefined || text.slice(lineStart(text, first.node.start), first.node.start).trim() !== '') return [];
  const indent = indentOf(text, first.node.start);
  if (statements.length === 1 && first.node.kind === 'pass_statement') {
    const end = nextLineStart(text, first.node.end);
    return [{ at: lineStart(text, first.node.start), end, indent, previous: '', next: '' }];
  }
  const before = statements
    .filter(({ node }) => node.children[0]?.kind !== 'string')
    .map(({ node, code, previous }) => gapAt(lineStart(text, node.start), { indent, previous, next: code }));
  const last = statements.at(-1);
  if (last === undefined || /^(?:return|raise|continue|break)\b/.test(last.code)) return before;
  return [...before, gapAt(nextLineStart(text, last.node.end), { indent, previous: last.code, next: '' })];
}

function gapAt(at: number, around: Pick<Gap, 'indent' | 'previous' | 'next'>): Gap {
  return { at, end: at, ...around };
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
