import { Lang } from '@ast-grep/napi';

export type Grammar = 'python' | 'go' | Lang.JavaScript | Lang.TypeScript | Lang.Tsx;

/** The grammars that may read a file of this name, the likeliest first; none where the language is not known. */
export function grammarsOf(path: string): readonly Grammar[] {
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
