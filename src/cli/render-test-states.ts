import { countOf, NONE } from './format-values.ts';
import type { Colors, Output } from './output.ts';
import { renderTable } from './table.ts';
import type { TestStates, TestStatus } from './test-states.ts';

const STATES = ['original', 'buggy', 'weakened'] as const;

/** Tests that some state changes, a row each; those that pass everywhere are counted. */
export function renderTestStates(
  tests: readonly TestStates[],
  page: Pick<Output, 'columns' | 'colors'>,
  most: number,
): string {
  const telling = tests.filter((test) => STATES.some((state) => test[state] !== 'passed'));
  const rest = tests.length - telling.length;
  const hidden = Math.max(0, telling.length - most);
  return [
    telling.length === 0 ? '' : table(telling.slice(0, most), page),
    hidden === 0 ? '' : `  and ${hidden} more\n`,
    rest === 0 ? '' : `  ${countOf(rest, 'test passes', 'tests pass')} in every state\n`,
  ].join('');
}

function table(tests: readonly TestStates[], page: Pick<Output, 'columns' | 'colors'>): string {
  const states = STATES.map((state) => ({
    title: state,
    value: (test: TestStates) => colorOf(test[state], page.colors)(test[state] ?? NONE),
  }));
  return renderTable([{ title: 'test', value: ({ test }) => test, cut: 1 }, ...states], tests, page);
}

function colorOf(status: TestStatus, colors: Colors): (text: string) => string {
  if (status === 'passed') return colors.green;
  return status === 'failed' ? colors.red : colors.yellow;
}
