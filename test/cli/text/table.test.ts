import pc from 'picocolors';
import { describe, expect, it } from 'vitest';

import { PLAIN } from '../../../src/cli/text/output.ts';
import { renderTable, type Column } from '../../../src/cli/text/table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'name', value: ({ name }) => name, cut: 1 },
  { title: 'count', value: ({ count }) => String(count), align: 'right' },
];
const rows = [
  { name: 'a name that is rather long', count: 7 },
  { name: 'short', count: 12 },
];

describe('a table', () => {
  it('gives a pipe every value whole', () => {
    const text = renderTable(columns, rows, { columns: () => Number.POSITIVE_INFINITY, colors: PLAIN });
    expect(text).toBe(
      'name                        count\na name that is rather long      7\nshort                          12\n',
    );
  });

  it('cuts what may be cut to fit a terminal', () => {
    const text = renderTable(columns, rows, { columns: () => 20, colors: PLAIN });
    expect(text.split('\n').every((line) => line.length <= 20)).toBe(true);
    expect(text).toContain('a name that …');
    expect(text).toContain('12');
  });

  it('does not count colours as width', () => {
    const red = pc.createColors(true).red;
    const colored: readonly Column<Row>[] = [{ title: 'name', value: ({ name }) => red(name), cut: 1 }];
    const text = renderTable(colored, [{ name: 'short', count: 1 }], { columns: () => 5, colors: PLAIN });
    expect(text).toContain(red('short'));
  });
});
