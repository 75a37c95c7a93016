import { describe, expect, it } from 'vitest';

import { createHostLoad } from '../../../src/activities/services/host-load.ts';

/** A process that at each question has lived and waited for so long. */
function asked(moments: readonly (readonly [nowMs: number, delayMs: number | undefined])[]): readonly boolean[] {
  let at = 0;
  const isUnderLoad = createHostLoad({
    nowMs: () => moments[at]?.[0] ?? 0,
    delayMs: () => moments[at]?.[1],
  });
  return moments.slice(1).map(() => {
    at += 1;
    return isUnderLoad();
  });
}

describe('the load of a host', () => {
  it('is seen in how long its own process waited for a processor since it was measured last', () => {
    const moments = [
      [0, 0],
      [5_000, 100],
      [10_000, 2_100],
      [15_000, 2_200],
    ] as const;
    expect(asked(moments)).toEqual([false, true, false]);
  });

  it('is what was seen last, when it is asked again within a second', () => {
    const moments = [
      [0, 0],
      [5_000, 2_500],
      [5_002, 2_500],
      [5_900, 2_500],
    ] as const;
    expect(asked(moments)).toEqual([true, true, true]);
  });

  it('is seen over all the time since it was measured last, however often it is asked meanwhile', () => {
    const moments = [
      [0, 0],
      [5_000, 0],
      [5_600, 500],
      [6_200, 500],
    ] as const;
    expect(asked(moments)).toEqual([false, false, true]);
  });

  it('is none where the kernel does not say', () => {
    const moments = [
      [0, undefined],
      [5_000, undefined],
    ] as const;
    expect(asked(moments)).toEqual([false]);
  });
});
