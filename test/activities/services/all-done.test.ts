import { expect, it } from 'vitest';

import { allDone } from '../../../src/activities/services/all-done.ts';

it('fails only when every step has ended', async () => {
  const ended: string[] = [];
  const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => ended.push('slow'));
  const failing = Promise.reject<number>(new Error('lost'));
  await expect(allDone([failing, slow])).rejects.toThrow('lost');
  expect(ended).toEqual(['slow']);
});

it('gives the results in order', async () => {
  expect(await allDone([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
});
