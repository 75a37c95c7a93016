import { describe, expect, it } from 'vitest';

import { followRun } from '../../../src/cli/run/follow-run.ts';
import type { TrainingEnd } from '../../../src/cli/command/temporal-access.ts';
import { COMPLETED } from '../command-fixture.ts';

const empty = {
  runId: 'r',
  run: undefined,
  attempts: undefined,
  injectionGroups: undefined,
  episodes: [],
  waiting: [],
};

function setting(end: Promise<TrainingEnd>, signal: AbortSignal) {
  const shown: string[] = [];
  const view = {
    update: () => {
      shown.push('update');
    },
    end: () => {
      shown.push('end');
    },
  };
  return { shown, request: { end, read: () => Promise.resolve(empty), view, signal, pollMs: 1 } };
}

const running = new Promise<TrainingEnd>(() => undefined);

describe('following a run', () => {
  it('ends with the run, after a last look', async () => {
    const { shown, request } = setting(Promise.resolve(COMPLETED), new AbortController().signal);
    await expect(followRun(request)).resolves.toEqual(COMPLETED);
    expect(shown.slice(-2)).toEqual(['update', 'end']);
  });

  it('stops when the user does', async () => {
    const { shown, request } = setting(running, AbortSignal.timeout(20));
    await expect(followRun(request)).resolves.toBeUndefined();
    expect(shown.at(-1)).toBe('end');
  });

  it('takes the block away before it fails', async () => {
    const { shown, request } = setting(Promise.reject(new Error('worker lost')), new AbortController().signal);
    await expect(followRun(request)).rejects.toThrow('worker lost');
    expect(shown.at(-1)).toBe('end');
  });
});
