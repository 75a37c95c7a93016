import { describe, expect, it } from 'vitest';

import { idleTests } from '../../../src/domain/checks/idle-tests.ts';
import { aReport } from './facts.ts';

const path = 'tests/test_x.py';
const [a, ...b] = ['a', 'b[1]', 'b[2]'].map((name) => `${path}::test_${name}`);
const clean = aReport([a ?? '', ...b]);
const both = ['test_a', 'test_b'];

describe('idleTests', () => {
  it('finds what stands in a file and is not reported any more', () => {
    const files = [{ path, touched: true, before: both, after: both }];
    expect(idleTests(files, clean, aReport(b.slice(1)))).toEqual([{ tests: [a], places: [{ path, loaded: true }] }]);
    expect(idleTests(files, clean, aReport([]))).toEqual([
      { tests: [a], places: [{ path, loaded: false }] },
      { tests: b, places: [{ path, loaded: false }] },
    ]);
  });

  it('finds no test that is gone, of which a row is left, or that was never reported', () => {
    const files = [{ path, touched: true, before: both, after: ['test_b', 'test_c'] }];
    expect(idleTests(files, clean, aReport(b.slice(1)))).toEqual([]);
  });

  it('takes a name that stands there less often than before for removed', () => {
    const files = [{ path, touched: true, before: ['test_a', 'test_a'], after: ['test_a'] }];
    expect(idleTests(files, aReport([a ?? '']), aReport([]))).toEqual([]);
  });

  it('finds tests whose definition it cannot find wherever the weakening has been, loaded or not', () => {
    const elsewhere = { path: 'tests/test_y.py', touched: false, before: [], after: [] };
    const files = [{ path, touched: true, before: ['test_a'], after: ['test_a'] }, elsewhere];
    const unfound = { tests: b, isUnfound: true };
    expect(idleTests(files, clean, aReport([a ?? '']))).toEqual([{ ...unfound, places: [{ path, loaded: true }] }]);
    expect(idleTests(files, aReport(b), aReport([]))).toEqual([{ ...unfound, places: [{ path, loaded: false }] }]);
  });

  it('knows a title behind the names of its suites', () => {
    const joined = aReport(['limits of a range keeps the limit', 'limits adds']);
    const titles = ['adds', 'keeps the limit'];
    const files = [{ path: 'test/limits.test.js', touched: true, before: titles, after: titles }];
    expect(idleTests(files, joined, aReport(['limits adds']))).toEqual([
      { tests: ['limits of a range keeps the limit'], places: [{ path: 'test/limits.test.js', loaded: true }] },
    ]);
  });
});
