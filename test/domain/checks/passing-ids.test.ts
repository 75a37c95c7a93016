import { describe, expect, it } from 'vitest';

import { createSetAside } from '../../../src/domain/checks/passing-ids.ts';

describe('createSetAside', () => {
  it.each([
    ['the time', 'a.py::test_x[2026-01-02 03:04:05.678901]', 'a.py::test_x[2026-02-03 04:05:06.1]'],
    ['an identifier', 'keeps 6fa459ea-ee8a-3ca4-894e-db77e160355e', 'keeps 16fd2706-8baf-433b-82eb-8c7fada847da'],
    ['a port', 'listens on http://localhost:54321/', 'listens on http://localhost:40022/'],
    ['a random word among parameters', 'a.py::test_x[kitten]', 'a.py::test_x[puppy]'],
    ['a number', 'run 17 of the day', 'run 18 of the day'],
  ])('puts an id aside that differs from one in quarantine in %s', (_, quarantined, id) => {
    const isSetAside = createSetAside({ quarantined: [quarantined], known: [] });
    expect(isSetAside(quarantined)).toBe(true);
    expect(isSetAside(id)).toBe(true);
  });

  it('puts no steady test aside, and none of another name', () => {
    const isSetAside = createSetAside({ quarantined: ['a.py::test_x[1]'], known: ['a.py::test_x[2]'] });
    expect(isSetAside('a.py::test_x[2]')).toBe(false);
    expect(isSetAside('a.py::test_y[1]')).toBe(false);
    expect(isSetAside('a.py::test_new')).toBe(false);
  });
});
