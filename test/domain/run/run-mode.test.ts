import { expect, it } from 'vitest';

import { isTrained, siblingsOf } from '../../../src/domain/run/run-mode.ts';

it('plays a bug of a library once a draw, and siblings on what injectors are to break', () => {
  expect(siblingsOf({ mode: 'repair-only', injectionGroupSize: 4 })).toBe(1);
  expect(siblingsOf({ mode: 'self-play', injectionGroupSize: 4 })).toBe(4);
  expect(siblingsOf({ mode: 'injection-only', injectionGroupSize: 4 })).toBe(4);
});

it('trains on injectors alone where solvers only pay them', () => {
  expect(isTrained('injection-only', 'solver')).toBe(false);
  expect(isTrained('injection-only', 'injector')).toBe(true);
  expect(isTrained('self-play', 'solver')).toBe(true);
});
