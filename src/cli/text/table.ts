import Table from 'cli-table3';
import stringWidth from 'string-width';

import { cutMiddle } from './cut-middle.ts';
import type { Output } from './output.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'right';
  /** What may be cut when the terminal is too narrow; a column with the higher number is cut first. */
  readonly cut?: number;
  /** Cut in the middle: its values, which carry no colour, are told apart by how they end. */
  readonly keepsEnd?: true;
}

/** No frame, two spaces between columns: reads well, and `awk` and `cut` can read it too. */
const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const GAP = 2;
/** What is left of a column that is cut says at least how it begins. */
const NARROWEST = 6;

/** Rows as lines, with titles, fitted to the terminal; a pipe gets every value whole. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { columns: width, colors }: Pick<Output, 'columns' | 'colors'>,
): string {
  const cells = rows.map((row) => columns.map(({ value }) => value(row)));
  const widths = fit(columns, naturalWidths(columns, cells), width());
  const table = new Table({
    head: columns.map(({ title }) => colors.bold(title)),
    chars: NO_FRAME,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths,
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  table.push(...cells.map((row) => row.map((cell, index) => shortened(cell, columns[index], widths[index]))));
  return table
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function shortened<Row>(cell: string, column: Column<Row> | undefined, width: number | undefined): string {
  return column?.keepsEnd === true && width !== undefined ? cutMiddle(cell, width) : cell;
}

function naturalWidths<Row>(columns: readonly Column<Row>[], cells: readonly (readonly string[])[]): readonly number[] {
  return columns.map(({ title }, index) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
}

/** Takes from the columns that may be cut, the most willing first, until all fit. */
function fit<Row>(columns: readonly Column<Row>[], natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  const order = columns
    .map(({ cut }, index) => ({ cut, index }))
    .filter(({ cut }) => cut !== undefined)
    .sort((one, other) => (other.cut ?? 0) - (one.cut ?? 0));
  for (const { index } of order) {
    const excess = widths.reduce((sum, width) => sum + width + GAP, -GAP) - available;
    if (excess <= 0) break;
    const width = widths[index] ?? 0;
    widths[index] = Math.max(Math.min(width, NARROWEST), width - excess);
  }
  return widths;
}
