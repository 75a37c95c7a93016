import type { SgNode } from '@ast-grep/napi';

import { readSource } from './source-language.ts';

/** The lines of a source text by what they are. */
export interface SourceLines {
  /** Lines that hold more than a comment, as they are written. */
  readonly code: readonly string[];
  /** Lines of comments and of strings that stand as statements, without marks and quotes. */
  readonly prose: readonly string[];
}

/** Tells comments from code by syntax tree; undefined where the language is not known or the text cannot be read. */
export function sourceLines(path: string, text: string): SourceLines | undefined {
  const source = readSource(path, text);
  if (source?.errors !== 0) return undefined;
  return linesOf(
    text,
    source.root.findAll({ rule: { any: [{ kind: 'comment' }, { kind: STRINGS }] } }).filter(isProse),
  );
}

// The kind of a string differs by grammar; Go has no string that stands as a statement.
const STRINGS = 'expression_statement';

function isProse(node: SgNode): boolean {
  if (node.kind() === 'comment') return true;
  const only = node.children().filter((child) => child.isNamed());
  const kind = String(only[0]?.kind());
  return only.length === 1 && (kind === 'string' || kind === 'template_string') && !only[0]?.text().includes('${');
}

function linesOf(text: string, nodes: readonly SgNode[]): SourceLines {
  const prose = nodes.flatMap((node) => node.text().split('\n')).map(withoutMarks);
  const rest = nodes.reduceRight((left, node) => {
    const { start, end } = node.range();
    const lines = left.slice(start.index, end.index).replace(/[^\n]/g, '');
    return left.slice(0, start.index) + lines + left.slice(end.index);
  }, text);
  const original = text.split('\n');
  const code = rest.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : (original[index] ?? '')));
  return { code, prose: prose.filter((line) => line !== '') };
}

/** What a line of a comment says, without what makes it one. */
export function withoutMarks(line: string): string {
  return line
    .trim()
    .replace(/^(?:[#/*;%!]+|--+|<!--|[rbuRBU]{0,2}["'`]{1,3})\s?/, '')
    .replace(/(?:\*+\/|-->|["'`]{1,3};?)$/, '')
    .trim();
}
