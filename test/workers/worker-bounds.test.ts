import { noopMetricMeter } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { compileWorkerOptions } from '@temporalio/worker/lib/worker-options.js';
import { describe, expect, it } from 'vitest';

import { hostBounds, UNHURRIED_WORKFLOWS } from '../../src/workers/worker-bounds.ts';

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

describe('a workflow', () => {
  const limitOf = (options: object) =>
    compileWorkerOptions({ taskQueue: 'any', ...options }, new DefaultLogger('ERROR'), noopMetricMeter)
      .isolateExecutionTimeoutMs;

  it('is not interrupted because others want the machine', () => {
    expect(limitOf(UNHURRIED_WORKFLOWS)).toBe(600_000);
  });

  it('would be, by default', () => {
    expect(limitOf({})).toBe(5_000);
  });
});
