import { bareCode } from './syntax.ts';

/** The names that a piece of code reads or writes: no fields, no keywords. */
export function namesIn(code: string): readonly string[] {
  const names = [...bareCode(code).matchAll(/(?<![\w.])([A-Za-z_]\w*)(?!\w*\s*:[^=])/g)].map(([, name]) => name ?? '');
  return [...new Set(names)].filter((name) => !KEYWORDS.has(name));
}

const KEYWORDS = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package ' +
    'range return select struct switch type var'
  ).split(' '),
);
