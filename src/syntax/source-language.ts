import { Lang, parse, type SgNode } from '@ast-grep/napi';

import './grammars.ts';

export type Grammar = 'python' | 'go' | Lang.JavaScript | Lang.TypeScript | Lang.Tsx;

/** A text as a grammar reads it. */
export interface SourceReading {
  readonly grammar: Grammar;
  readonly root: SgNode;
  /** How many places of the text the grammar cannot read. */
  readonly errors: number;
}

/**
 * The text of a file as the first grammar of its language reads it that can read all of it, or else the likeliest: one that
 * is older than the language still finds the functions around what it cannot read. Undefined where the language is not
 * known.
 */
export function readSource(path: string, text: string): SourceReading | undefined {
  let likeliest: SourceReading | undefined;
  for (const grammar of grammarsOf(path)) {
    const reading = readAs(grammar, text);
    if (reading.errors === 0) return reading;
    likeliest ??= reading;
  }
  return likeliest;
}

export function readAs(grammar: Grammar, text: string): SourceReading {
  const root = parse(grammar, text).root();
  return { grammar, root, errors: root.findAll({ rule: { kind: 'ERROR' } }).length };
}

/** The grammars that may read a file of this name, the likeliest first. */
function grammarsOf(path: string): readonly Grammar[] {
  return GRAMMARS[/[^/]\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? [];
}

// JavaScript's grammar knows JSX, TypeScript's the casts that look like it, and Tsx both languages but not those casts.
const JAVASCRIPT = [Lang.JavaScript, Lang.TypeScript, Lang.Tsx] as const;
const TYPESCRIPT = [Lang.TypeScript, Lang.Tsx] as const;

const GRAMMARS: Readonly<Record<string, readonly Grammar[]>> = {
  py: ['python'],
  pyi: ['python'],
  js: JAVASCRIPT,
  mjs: JAVASCRIPT,
  cjs: JAVASCRIPT,
  jsx: JAVASCRIPT,
  ts: TYPESCRIPT,
  mts: TYPESCRIPT,
  cts: TYPESCRIPT,
  tsx: [Lang.Tsx],
  go: ['go'],
};
