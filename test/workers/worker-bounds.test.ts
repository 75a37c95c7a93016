import { describe, expect, it } from 'vitest';

import { hostBounds } from '../../src/workers/worker-bounds.ts';

describe('what a host does at once', () => {
  it('comes from its processors', () => {
    expect(hostBounds({ capacity: 128, processors: 16 })).toEqual({ boots: 16, checks: 32, onHost: 256 });
  });

  it('is never more checks than it has places for sandboxes', () => {
    expect(hostBounds({ capacity: 3, processors: 16 })).toMatchObject({ checks: 3, onHost: 6 });
  });

  it('is a little even on one processor', () => {
    expect(hostBounds({ capacity: 8, processors: 1 })).toEqual({ boots: 2, checks: 2, onHost: 16 });
  });
});
