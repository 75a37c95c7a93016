import { asIs, memoise } from '../memoise.ts';
import { applyEdits, lineStart, nextLineStart, type SourceEdit } from '../source-edit.ts';
import { bareCode } from './syntax.ts';

/** One import of a file. */
export interface GoImport {
  readonly path: string;
  /** Names that the file may use it by: its alias, or what a package of that path is likely called. */
  readonly names: readonly string[];
  readonly start: number;
  readonly end: number;
}

export const importsOf = memoise(
  (text: string): readonly GoImport[] =>
    declarationsOf(text).flatMap(({ start, end }) =>
      [...text.slice(start, end).matchAll(SPECIFICATION)].map((match) => {
        const [all, alias, path = ''] = match;
        const at = start + match.index;
        return { path, names: alias === undefined ? likelyNames(path) : [alias], start: at, end: at + all.length };
      }),
    ),
  { keyOf: asIs },
);

const SPECIFICATION = /(?:(?!import\b)(?<![\w.])([\w.]+)[ \t]+)?(?<!\w)"([^"\n]+)"/g;

/** Whether code (without comments and strings) uses an import. Blank and dot imports always count as used. */
export function isUsed({ names }: GoImport, bare: string): boolean {
  return names.some((name) => name === '_' || name === '.' || new RegExp(`(?<![\\w.])${name}\\s*\\.`).test(bare));
}

/** The text without the imports that only the code taken out of `before` used. */
export function withoutUnusedImports(before: string, after: string): string {
  const [bareBefore, bareAfter] = [bareCode(before), bareCode(after)];
  const unused = importsOf(after).filter((each) => isUsed(each, bareBefore) && !isUsed(each, bareAfter));
  return applyEdits(after, removalsOf(after, unused));
}

function removalsOf(text: string, unused: readonly GoImport[]): readonly SourceEdit[] {
  return declarationsOf(text).flatMap(({ start, end }) => {
    const all = importsOf(text).filter((each) => each.start >= start && each.end <= end);
    const gone = all.filter((each) => unused.includes(each));
    if (gone.length === 0) return [];
    if (gone.length === all.length) return [{ start, end: nextLineStart(text, end), replacement: '' }];
    return gone.map((each) => ({
      start: lineStart(text, each.start),
      end: nextLineStart(text, each.end),
      replacement: '',
    }));
  });
}

/** The import declarations, one or several imports each. */
function declarationsOf(text: string): readonly { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/^import\s*(?:\([\s\S]*?^\)|[^(\n]*"[^"\n]*")/gm)].map(({ 0: all, index }) => ({
    start: index,
    end: index + all.length,
  }));
}

/** `example.org/go-version/v2` is `version`, most likely. */
function likelyNames(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => !/^v\d+$/.test(segment));
  const last = (segments.at(-1) ?? '').replace(/\.v\d+$/, '');
  const names = [last, last.replace(/^go-/, ''), last.replace(/[-.]go$/, ''), last.replace(/^.*[-.]/, '')];
  return [...new Set(names)].filter((name) => /^\w+$/.test(name));
}
