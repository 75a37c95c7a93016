import { describe, expect, it } from 'vitest';

import { composeBatch, staleAmong, stepsWaiting } from '../../../src/domain/training/compose-batch.ts';

const ready = [1, 2, 3, 4].map((index) => ({
  groupId: `${index}`,
  units: index * 10,
  policyVersion: index,
  role: 'solver' as const,
}));
const ids = (groups: readonly { readonly groupId: string }[] | undefined) => groups?.map(({ groupId }) => groupId);

describe('composeBatch', () => {
  it('takes so many groups from the front, or none', () => {
    expect(ids(composeBatch(ready, { groups: 3 }))).toEqual(['1', '2', '3']);
    expect(composeBatch(ready, { groups: 5 })).toBeUndefined();
  });

  it('takes groups until they have so many tokens', () => {
    expect(ids(composeBatch(ready, { tokens: 30 }))).toEqual(['1', '2']);
    expect(ids(composeBatch(ready, { tokens: 31 }))).toEqual(['1', '2', '3']);
    expect(ids(composeBatch(ready, { tokens: 100 }))).toEqual(['1', '2', '3', '4']);
    expect(composeBatch(ready, { tokens: 101 })).toBeUndefined();
  });
});

describe('stepsWaiting', () => {
  it('counts whole steps', () => {
    expect(stepsWaiting(ready, { groups: 2 })).toBe(2);
    expect(stepsWaiting(ready, { groups: 3 })).toBe(1);
    expect(stepsWaiting(ready, { tokens: 60 })).toBe(1);
    expect(stepsWaiting([], { tokens: 60 })).toBe(0);
  });
});

describe('staleAmong', () => {
  it('finds what more versions have left behind than are allowed', () => {
    expect(ids(staleAmong(ready, 9, 7))).toEqual(['1']);
    expect(staleAmong(ready, 9, 8)).toEqual([]);
    expect(ids(staleAmong(ready, 4, 0))).toEqual(['1', '2', '3']);
  });
});
