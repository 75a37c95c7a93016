import { describe, expect, it } from 'vitest';

import { idleTests } from '../../../src/domain/checks/idle-tests.ts';
import { aReport } from './facts.ts';

const path = 'tests/test_x.py';
const clean = aReport([`${path}::test_a`, `${path}::test_b[1]`, `${path}::test_b[2]`]);
const both = ['test_a', 'test_b'];

describe('idleTests', () => {
  it('finds what stands in a file and is not reported any more', () => {
    const files = [{ path, before: both, after: both }];
    expect(idleTests(files, clean, aReport([`${path}::test_b[1]`]))).toEqual([
      { path, names: ['test_a'], loaded: true },
    ]);
    expect(idleTests(files, clean, aReport([]))).toEqual([{ path, names: both, loaded: false }]);
  });

  it('finds no test that is gone, of which a row is left, or that was never reported', () => {
    const files = [{ path, before: both, after: ['test_b', 'test_c'] }];
    expect(idleTests(files, clean, aReport([`${path}::test_b[1]`]))).toEqual([]);
  });

  it('takes a name that stands there less often than before for removed, wherever else it stands', () => {
    const files = [
      { path, before: ['test_a', 'test_a'], after: ['test_a'] },
      { path: 'tests/test_other.py', before: ['test_a'], after: ['test_a'] },
    ];
    expect(idleTests(files, clean, aReport([]))).toEqual([]);
  });

  it('knows a title behind the names of its suites', () => {
    const joined = aReport(['limits of a range keeps the limit', 'limits adds']);
    const titles = ['adds', 'keeps the limit'];
    const files = [{ path: 'test/limits.test.js', before: titles, after: titles }];
    expect(idleTests(files, joined, aReport(['limits adds']))).toEqual([
      { path: 'test/limits.test.js', names: ['keeps the limit'], loaded: true },
    ]);
  });
});
