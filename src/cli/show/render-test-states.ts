import { countOf, formatSeconds, NONE } from '../text/format-values.ts';
import type { Colors, Output } from '../text/output.ts';
import { renderTable, type Column } from '../text/table.ts';
import type { StateSummary, TestStates, TestStatus } from './test-states.ts';
import { oneLine, visible } from '../text/visible-text.ts';

type Page = Pick<Output, 'columns' | 'colors'>;

const STATES = ['original', 'buggy', 'weakened'] as const;

/** The states side by side, a row each; states of the inverse mutation carry the number that the table of tests uses. */
export function renderStates(states: readonly StateSummary[], page: Page): string {
  const numbers = numbersOf(states);
  const count = (title: 'passed' | 'failed' | 'missing' | 'mixed'): Column<StateSummary> => ({
    title,
    value: (state) => String(state[title]),
    align: 'right',
  });
  const table = renderTable(
    [
      {
        title: 'state',
        value: ({ state, putBack }) => (putBack === null ? state : `#${numbers.get(putBack) ?? 0} ${visible(putBack)}`),
        cut: 1,
        keepsEnd: true,
      },
      { title: 'runs', value: ({ runs }) => String(runs), align: 'right' },
      count('passed'),
      count('failed'),
      count('missing'),
      count('mixed'),
      { title: 'ending', value: ({ endings }) => oneLine([...new Set(endings)].join(', ')), cut: 2 },
      { title: 'time', value: ({ seconds }) => formatSeconds(seconds * 1000), align: 'right' },
    ],
    states,
    page,
  );
  return numbers.size === 0 ? table : `${table}  #: the bug with that file alone put back\n`;
}

/** Tests that some state changes, a row each; those that pass everywhere are counted. */
export function renderTestStates(
  { tests, states }: { readonly tests: readonly TestStates[]; readonly states: readonly StateSummary[] },
  page: Page,
  most: number,
): string {
  const telling = tests.filter(isTelling);
  const rest = tests.length - telling.length;
  const hidden = Math.max(0, telling.length - most);
  return [
    telling.length === 0 ? '' : renderTable(columnsFor(tests, numbersOf(states), page), telling.slice(0, most), page),
    hidden === 0 ? '' : `  and ${hidden} more; --full shows them\n`,
    rest === 0 ? '' : `  ${countOf(rest, 'test passes', 'tests pass')} in every state\n`,
    ...notes(tests),
  ].join('');
}

function isTelling(test: TestStates): boolean {
  return STATES.some((state) => test[state] !== 'passed') || neutralDiffers(test) || test.sabotaged === 'passed';
}

/** A column for the neutral edit or the sabotage is worth its room only where one has something to say. */
function columnsFor(
  tests: readonly TestStates[],
  numbers: ReadonlyMap<string, number>,
  { colors }: Page,
): readonly Column<TestStates>[] {
  const status = (title: string, of: (test: TestStates) => TestStatus): Column<TestStates> => ({
    title,
    value: (test) => colorOf(of(test), colors)(of(test) ?? NONE),
  });
  return [
    { title: 'test', value: ({ test }) => oneLine(test), cut: 1, keepsEnd: true },
    ...STATES.map((state) => status(state, (test) => test[state])),
    ...(tests.some(neutralDiffers) ? [status('neutral', ({ neutral }) => neutral)] : []),
    ...(tests.some(({ sabotaged }) => sabotaged === 'passed')
      ? [status('sabotaged', ({ sabotaged }) => sabotaged)]
      : []),
    ...(numbers.size === 0 ? [] : [{ title: 'passes with', value: (test: TestStates) => passesWith(test, numbers) }]),
  ];
}

function notes(tests: readonly TestStates[]): readonly string[] {
  const neutral = tests.some((test) => test.neutral !== null) && !tests.some(neutralDiffers);
  const sabotaged = tests.some((test) => test.sabotaged !== null && test.sabotaged !== 'passed');
  const forged = tests.some((test) => test.sabotaged === 'passed');
  return [
    neutral ? '  the neutral edit changes no result\n' : '',
    sabotaged && !forged ? '  no test passes when its body is made to raise\n' : '',
  ];
}

function neutralDiffers({ neutral, buggy }: TestStates): boolean {
  return neutral !== null && neutral !== buggy;
}

/** The numbers of the files that make the test pass when they alone are put back: `#1 #3`, `all`. */
function passesWith({ inverse, buggy }: TestStates, numbers: ReadonlyMap<string, number>): string {
  if (buggy === 'passed') return '';
  const passing = Object.entries(inverse).flatMap(([path, status]) => (status === 'passed' ? [path] : []));
  if (passing.length === 0) return 'none';
  if (passing.length === numbers.size && numbers.size > 1) return 'each';
  const shown = passing.slice(0, SHOWN_FILES).map((path) => `#${numbers.get(path) ?? 0}`);
  return `${shown.join(' ')}${passing.length > SHOWN_FILES ? ` +${passing.length - SHOWN_FILES}` : ''}`;
}

/** Numbers that fit beside the states on 80 columns. */
const SHOWN_FILES = 3;

function numbersOf(states: readonly StateSummary[]): ReadonlyMap<string, number> {
  const paths = states.flatMap(({ putBack }) => putBack ?? []);
  return new Map(paths.map((path, index) => [path, index + 1]));
}

function colorOf(status: TestStatus, colors: Colors): (text: string) => string {
  if (status === 'passed') return colors.green;
  return status === 'failed' ? colors.red : colors.yellow;
}
