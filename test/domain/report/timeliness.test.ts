import { describe, expect, it } from 'vitest';

import { leastKnown, machineTimeMs, timelinessOf } from '../../../src/domain/report/timeliness.ts';

const limitMs = 90_000;
const timedOut = (durationMs: number, lostMs?: number) =>
  ({
    ending: 'timed-out',
    durationMs,
    ...(lostMs !== undefined && { share: { limitMs, lostMs } }),
  }) as const;

describe('timeliness', () => {
  it('is in time whatever load there was when the command ended by itself', () => {
    const share = { limitMs, lostMs: 500_000 };
    expect(timelinessOf({ ending: 'exited', durationMs: 580_000, share })).toBe('in-time');
  });

  it('is overdue when the command had all of its time', () => {
    expect(timelinessOf(timedOut(90_001, 0))).toBe('overdue');
    expect(timelinessOf(timedOut(590_001, 500_000))).toBe('overdue');
  });

  it('is starved when others had the machine for a part of its time', () => {
    expect(timelinessOf(timedOut(990_000, 930_000))).toBe('starved');
  });

  it('sees no load where nobody looked', () => {
    expect(timelinessOf(timedOut(90_001))).toBe('overdue');
  });

  it('forgives what rounding takes', () => {
    expect(timelinessOf(timedOut(89_999.9, 0))).toBe('overdue');
  });

  it('leaves out of a duration what others took', () => {
    expect(machineTimeMs({ durationMs: 70_000, share: { limitMs, lostMs: 60_000 } })).toBe(10_000);
    expect(machineTimeMs({ durationMs: 70_000 })).toBe(70_000);
    expect(machineTimeMs({ durationMs: 10, share: { limitMs, lostMs: 11 } })).toBe(0);
  });

  it('knows of a whole no more than of its parts', () => {
    expect(leastKnown(['in-time', 'overdue', 'starved'])).toBe('starved');
    expect(leastKnown(['in-time', 'overdue'])).toBe('overdue');
    expect(leastKnown([])).toBe('in-time');
  });
});
