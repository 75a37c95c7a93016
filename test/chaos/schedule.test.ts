import { describe, expect, it } from 'vitest';

import { scheduleOf } from './schedule.ts';

const KINDS = ['kill', 'cut', 'fill'] as const;

const plainOf = (seed: number, count: number) =>
  scheduleOf(KINDS, { seed, count }).map(({ draw, ...plan }) => ({ ...plan, host: draw.below(4, 'host') }));

describe('a schedule of faults', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(plainOf(1, 20)).toEqual(plainOf(1, 20));
    expect(plainOf(1, 20)).not.toEqual(plainOf(2, 20));
  });

  it('begins as a shorter one does, so that a run can go on behind its rounds', () => {
    expect(plainOf(1, 40).slice(0, 20)).toEqual(plainOf(1, 20));
  });

  it('has each kind as often as any other', () => {
    const kinds = scheduleOf(KINDS, { seed: 3, count: 30 }).map(({ kind }) => kind);
    expect(KINDS.map((kind) => kinds.filter((it) => it === kind).length)).toEqual([10, 10, 10]);
  });

  it('lets some faults last into the next ones, and some be over before', () => {
    const plans = scheduleOf(KINDS, { seed: 4, count: 50 });
    const overlaps = plans.slice(1).map(({ afterMs }, index) => (plans[index]?.lastsMs ?? 0) > afterMs);
    expect(new Set(overlaps)).toEqual(new Set([true, false]));
  });
});
