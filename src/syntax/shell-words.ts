import type { SgNode } from '@ast-grep/napi';

/** A part of a word: what is written, a variable, or what only running it would tell. */
export type ShellPart = string | ShellVariable | typeof UNKNOWN;

export interface ShellVariable {
  readonly variable: string;
  /** `${NAME:-word}` takes the word where the variable is not set, `${NAME:+word}` where it is. */
  readonly operator?: '-' | '+';
  /** Undefined where only running it would tell. */
  readonly word?: string | undefined;
}

export const UNKNOWN = Symbol('what only running it would tell');

/** The parts of a word, with the quotes gone. */
export function partsOf(node: SgNode): readonly ShellPart[] {
  const kind = String(node.kind());
  if (JOINED.has(kind)) return joinedParts(node, kind === 'string' || kind === 'heredoc_body');
  const read = PARTS[kind];
  return read === undefined ? [node.text()] : read(node);
}

const JOINED = new Set(['string', 'translated_string', 'concatenation', 'command_name', 'heredoc_body']);

/** What lies between the children is text too: the grammar drops blanks beside a variable. */
function joinedParts(node: SgNode, quoted: boolean): readonly ShellPart[] {
  const text = node.text();
  const start = node.range().start.index;
  const parts: ShellPart[] = [];
  let at = 0;
  for (const child of node.children()) {
    const range = child.range();
    parts.push(text.slice(at, range.start.index - start));
    at = range.end.index - start;
    if (child.isNamed()) parts.push(...partsOf(child));
    else if (child.text() !== '"' && child.text() !== '$') parts.push(child.text());
  }
  if (at === 0) return [quoted ? withoutEscapes(text) : text];
  return merged([...parts, text.slice(at)]);
}

function merged(parts: readonly ShellPart[]): readonly ShellPart[] {
  const whole: ShellPart[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (typeof part === 'string' && typeof last === 'string') whole.splice(-1, 1, last + part);
    else if (part !== '') whole.push(part);
  }
  return whole;
}

const PARTS: Readonly<Record<string, (node: SgNode) => readonly ShellPart[]>> = {
  word: (node) => [node.text().replace(/\\(?:\n|([^]))/g, '$1')],
  raw_string: (node) => [node.text().slice(1, -1)],
  ansi_c_string: (node) => [node.text().slice(2, -1)],
  string_content: (node) => [withoutEscapes(node.text())],
  // A blank before it belongs to it.
  simple_expansion: (node) => {
    const [, blank = '', variable] = /^(\s*)\$([A-Za-z_]\w*)$/.exec(node.text()) ?? [];
    return [blank, variable === undefined ? UNKNOWN : { variable }];
  },
  expansion: (node) => [expansionOf(node.children())],
  command_substitution: (node) => [isRoot(node.text()) ? '.' : UNKNOWN],
  process_substitution: () => [UNKNOWN],
  arithmetic_expansion: () => [UNKNOWN],
};

/** What means the tree's root: where it is written, it is where it starts. */
function isRoot(text: string): boolean {
  return text.length < 100 && ROOTS.has(text.replace(/["`{}]|\$(?=\()|[()]|\[0\]| -P| --(?= )/g, ''));
}

const ROOTS = new Set([
  'pwd',
  'git rev-parse --show-toplevel',
  'cd dirname $0 && pwd',
  'cd dirname $BASH_SOURCE && pwd',
]);

function withoutEscapes(text: string): string {
  return text.replace(/\\(?:\n|(["\\$`]))/g, '$1');
}

function expansionOf([, name, operator, ...rest]: readonly SgNode[]): ShellPart {
  if (name?.kind() !== 'variable_name' || operator === undefined) return UNKNOWN;
  const variable = name.text();
  if (operator.text() === '}') return { variable };
  const sign = /^:?([-+=])$/.exec(operator.text())?.[1];
  if (sign === undefined) return UNKNOWN;
  const word = rest.slice(0, -1).map((node) => (node.kind() === 'expansion' ? undefined : literalOf(partsOf(node))));
  return { variable, operator: sign === '+' ? '+' : '-', word: word.includes(undefined) ? undefined : word.join('') };
}

/** A word as it is written; undefined where only running it would tell. */
export function literalOf(parts: readonly ShellPart[]): string | undefined {
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}
