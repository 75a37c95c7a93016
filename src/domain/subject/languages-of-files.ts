const LANGUAGES: Readonly<Record<string, string>> = {
  py: 'python',
  pyi: 'python',
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  cts: 'typescript',
  mts: 'typescript',
  tsx: 'typescript',
  go: 'go',
  rs: 'rust',
  rb: 'ruby',
  java: 'java',
  kt: 'kotlin',
  c: 'c',
  h: 'c',
  cc: 'c++',
  cpp: 'c++',
  hpp: 'c++',
  cs: 'c#',
  php: 'php',
  sh: 'shell',
};

export interface LanguageCount {
  readonly language: string;
  readonly files: number;
}

/** The languages that files are written in, by their extensions, the most frequent first; other files are left out. */
export function languagesOfFiles(paths: readonly string[]): readonly LanguageCount[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const language = LANGUAGES[/[^/]\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
    if (language !== undefined) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  // The sort is stable: of two that are as frequent, the one met first stays first.
  return [...counts].map(([language, files]) => ({ language, files })).sort((one, other) => other.files - one.files);
}
