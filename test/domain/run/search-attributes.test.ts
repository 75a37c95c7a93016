import { expect, it } from 'vitest';

import { SEARCH_ATTRIBUTES } from '../../../src/domain/run/search-attributes.ts';

/** What a Temporal server on SQL has columns for. */
const COLUMNS = { Keyword: 10, Int: 3, Double: 3 } as const;

it.each(Object.entries(COLUMNS))('search attributes of type %s find a column on a server on SQL', (type, columns) => {
  const names = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, of]) => (of === type ? [name] : []));
  expect(names.length).toBeLessThanOrEqual(columns);
});
