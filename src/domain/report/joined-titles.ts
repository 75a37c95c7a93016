import { definedTestNames } from './test-definition.ts';

/**
 * Says of an id whether it is a title of a test file with nothing before it but names that the same file defines, as
 * runners write it that join suites and title by blanks or another separator: `limits keeps the upper limit` (SPEC 4,
 * check 6).
 *
 * A title alone is told by its end, and an unrelated test may end in the same words; the names of its suites are not
 * those of this file then.
 */
export function createTitleReader(fileText: string): (id: string, title: string) => boolean {
  const names = [...definedTestNames(fileText.split('\n'))].filter((name) => name !== '');
  return (id, title) => {
    let rests = withoutEnd(id, title);
    for (let depth = 0; depth < DEEPEST && rests.length > 0; depth += 1) {
      if (rests.includes('')) return true;
      rests = [...new Set(rests.flatMap((rest) => names.flatMap((name) => withoutEnd(rest, name))))];
    }
    return false;
  };
}

// Suites are not nested deeper; names such as `a` and `a a` must not keep a hostile id going.
const DEEPEST = 10;

/** What stands before a name and its separator; nothing where the text does not end with them. */
function withoutEnd(text: string, name: string): readonly string[] {
  if (text === name) return [''];
  if (!text.endsWith(name)) return [];
  const before = text.slice(0, text.length - name.length);
  const rest = before.replace(/(?:\s|[>›»:/|·-]){1,10}$/u, '');
  return rest === before ? [] : [rest];
}
