import { expect, it } from 'vitest';
import { namesAbsentFrom } from '../../../src/domain/report/log-names.ts';

it.each([
  ['a plain name', 'tests/a.py::test_x PASSED', 'test_x'],
  ['a title', '  ✓ handles (some) null 3ms', 'handles (some) null'],
  ['a coloured name', '\u001b[32mtest_x\u001b[0m ok', 'test_x'],
  ['a name between letters', 'xxtest_xxx', 'test_x'],
])('finds %s', (_, log, name) => {
  expect(namesAbsentFrom(log, [name])).toEqual([]);
});

it('names what the log does not hold, once', () => {
  expect(namesAbsentFrom('test_x', ['test_y', 'test_x', 'a title', 'test_y'])).toEqual(['test_y', 'a title']);
});

it('answers in bounded time about a large log and many names that it does not hold as words', () => {
  const log = 'x'.repeat(4_000_000);
  const names = Array.from({ length: 20_000 }, (_, index) => `test ${index}`);
  expect(namesAbsentFrom(log, names)).toHaveLength(20_000);
});
