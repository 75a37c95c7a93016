import type { Figures } from '../../domain/record/check-record.ts';
import { cutMiddle } from '../text/cut-middle.ts';
import { formatNumber, formatSeconds, NONE } from '../text/format-values.ts';
import type { Colors, Output } from '../text/output.ts';
import type { Page } from '../text/page.ts';
import type { CheckDocument } from './show-documents.ts';
import { renderTable } from '../text/table.ts';
import { oneLine } from '../text/visible-text.ts';

/** Names that a figure shows on a terminal; `--full` shows all that the record keeps. */
const SHOWN_NAMES = 3;

/** Every check in a row: what it said and what its facts cost. */
export function renderChecks(checks: readonly CheckDocument[], page: Pick<Output, 'columns' | 'colors'>): string {
  return renderTable(
    [
      { title: 'check', value: ({ check }) => check },
      { title: 'verdict', value: ({ verdict }) => colorOf(verdict, page.colors)(verdict) },
      {
        title: 'time',
        value: ({ verdict, seconds }) => (verdict === 'not-run' ? NONE : formatSeconds(seconds * 1000)),
        align: 'right',
      },
      { title: 'detail', value: ({ detail }) => oneLine(detail), cut: 1 },
    ],
    checks,
    page,
  );
}

/** The numbers and names that each check's finding rests on, name by name. */
export function renderFigures(checks: readonly CheckDocument[], page: Page): string {
  return checks
    .filter(({ figures }) => Object.keys(figures).length > 0)
    .flatMap(({ check, detail, figures }) => [`  ${check}: ${oneLine(detail)}`, ...figureLines(figures, page)])
    .map((line) => `${fitted(line, page)}\n`)
    .join('');
}

function fitted(line: string, { full, columns }: Page): string {
  return full ? line : cutMiddle(line, columns());
}

function figureLines(figures: Figures, page: Page): readonly string[] {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  return Object.entries(figures).flatMap(([name, value]) => {
    const [first = '', ...others] = figureValues(value, page);
    return [`    ${name.padEnd(width)}  ${first}`, ...others.map((other) => `    ${' '.repeat(width)}  ${other}`)];
  });
}

function figureValues(value: Figures[string], { full }: Page): readonly string[] {
  if (typeof value === 'number') return [formatNumber(value)];
  if (typeof value !== 'object') return [oneLine(String(value))];
  if (value.length === 0) return ['none'];
  const shown = full ? value : value.slice(0, SHOWN_NAMES);
  const more = value.length - shown.length;
  return [...shown.map(oneLine), ...(more > 0 ? [`and ${more} more; --full shows them`] : [])];
}

function colorOf(verdict: CheckDocument['verdict'], colors: Colors): (text: string) => string {
  if (verdict === 'passed') return colors.green;
  return verdict === 'failed' ? colors.red : colors.dim;
}
