import { commentBehind } from './comment-syntax.ts';
import { seededDraw, seededInteger } from '../domain/draw/seeded-draw.ts';
import { insertAll } from './insertion.ts';
import { statementEnds } from './statement-ends.ts';

/** As many lines at most are appended, so that their number is a draw too. */
const MOST_LINES = 3;

/**
 * The text of a file with comments that change nothing it does (docs/specification.md#neutral-edit): one behind a
 * statement, where the language's syntax is known, and some lines behind the end. Words, statement and number of lines
 * are drawn from the seed and the path, so that no text can be made to suit them. Undefined where no comment is known.
 */
export function neutralEdit(path: string, text: string, seed: number): string | undefined {
  const comment = (place: string) => commentBehind(path, text, words(seed, path, place));
  const behindStatement = comment('statement');
  if (behindStatement === undefined) return undefined;
  const ends = statementEnds(path, text);
  const at = ends[Math.floor(ends.length * seededDraw(seed, 'statement', path))];
  const edited = at === undefined ? text : insertAll(text, [{ at, text: `  ${behindStatement}` }]);
  const lines = Array.from({ length: 1 + Math.floor(MOST_LINES * seededDraw(seed, 'lines', path)) }, (_, line) =>
    comment(`line ${line}`),
  );
  const start = edited === '' || edited.endsWith('\n') ? '' : '\n';
  return `${edited}${start}${lines.join('\n')}\n`;
}

/** Letters and digits without a mark, which no tool takes for a directive. */
function words(seed: number, path: string, place: string): string {
  return ['first', 'second'].map((word) => seededInteger(seed, 'word', path, place, word).toString(36)).join(' ');
}
