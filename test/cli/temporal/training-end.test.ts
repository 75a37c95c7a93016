import { describe, expect, it } from 'vitest';

import { exitCodeOfRun } from '../../../src/cli/temporal/training-end.ts';

const end = (status: 'completed' | 'cancelled' | 'terminated' | 'failed', invalidInput = false) => ({
  status,
  reason: '',
  invalidInput,
});
const played = { episodes: ['one that was played'], lost: 3 };

describe('the exit code of a run', () => {
  it.each([
    { code: 0, of: end('completed') },
    { code: 1, of: end('cancelled') },
    { code: 1, of: end('terminated') },
    { code: 2, of: end('failed', true) },
    { code: 3, of: end('failed') },
  ])('that is $of.status is $code', ({ code, of }) => {
    expect(exitCodeOfRun(of, played)).toBe(code);
  });

  it('whose every episode was lost is that of a machine that failed', () => {
    expect(exitCodeOfRun(end('completed'), { episodes: [], lost: 2 })).toBe(3);
    expect(exitCodeOfRun(end('cancelled'), { episodes: [], lost: 2 })).toBe(1);
  });

  it('that had nothing to play is that of one that did', () => {
    expect(exitCodeOfRun(end('completed'), { episodes: [], lost: 0 })).toBe(0);
  });
});
