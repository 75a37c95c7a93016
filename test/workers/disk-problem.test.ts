import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { diskProblem } from '../../src/workers/host-problems.ts';

const MIB = 1024 ** 2;

describe('a disk', () => {
  it('that is nearly full is told with what is left and the way out', () => {
    expect(diskProblem('/data/selfplay', 12.7 * MIB)).toBe(
      'only 12 MiB are free at /data/selfplay, of 128 that work needs; free some, or give another --home',
    );
  });

  it('with room is no problem', () => {
    expect(diskProblem('/data/selfplay', 128 * MIB)).toBeUndefined();
  });

  it('is asked of the place where a home will be that is not there yet', () => {
    expect(() => diskProblem(join(tmpdir(), 'not', 'there', 'yet'))).not.toThrow();
  });
});
