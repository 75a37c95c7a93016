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
  it('is seen in how long its own process waited for a processor since it was asked last', () => {
    const moments = [
      [0, 0],
      [5_000, 100],
      [10_000, 2_100],
      [15_000, 2_200],
    ] as const;
    expect(asked(moments)).toEqual([false, true, false]);
  });

  it('is none where the kernel does not say', () => {
    const moments = [
      [0, undefined],
      [5_000, undefined],
    ] as const;
    expect(asked(moments)).toEqual([false]);
  });
});
