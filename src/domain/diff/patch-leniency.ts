/**
 * How leniently a submitted diff may be applied, each way with the ones before it; `none` is the default, for a diff that
 * does not apply is the solver's own mistake (docs/grading.md). The paper does not say.
 */
export const LENIENCIES = ['none', 'recount', 'whitespace', 'context'] as const;

export type Leniency = (typeof LENIENCIES)[number];

/** A way in which a diff was applied in the end. */
export type Rung = 'strict' | Exclude<Leniency, 'none'>;

/** The ways to try, strictest first. */
export function rungsOf(leniency: Leniency): readonly Rung[] {
  return LENIENCIES.slice(0, LENIENCIES.indexOf(leniency) + 1).map((rung) => (rung === 'none' ? 'strict' : rung));
}

/**
 * A diff with the line counts of its hunk headers made right and a line feed at its end: what models get wrong most
 * often when they write a diff by hand. The lines themselves stay as they are.
 */
export function recountDiff(text: string): string {
  const lines = text.replace(/\n*$/, '').split('\n');
  return lines.map((line, index) => recounted(line, lines, index + 1)).join('\n') + '\n';
}

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)$/;

function recounted(line: string, lines: readonly string[], start: number): string {
  const match = HUNK.exec(line);
  if (match === null) return line;
  let [removed, added] = [0, 0];
  for (let index = start; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    if (HUNK.test(text) || text.startsWith('diff --git ')) break;
    if (text.startsWith('-') || text.startsWith(' ') || text === '') removed += 1;
    if (text.startsWith('+') || text.startsWith(' ') || text === '') added += 1;
  }
  const [, oldStart = '', oldCount = '1', newStart = '', newCount = '1', rest = ''] = match;
  if (Number(oldCount) === removed && Number(newCount) === added) return line;
  return `@@ -${oldStart},${removed} +${newStart},${added} @@${rest}`;
}
