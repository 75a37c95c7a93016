import { afterAll, beforeAll, expect, it } from 'vitest';

import { SKYRL_START_MS, startSkyrl, type TestSkyrl } from '../../support/run-skyrl.ts';

let skyrl: TestSkyrl;
beforeAll(async () => {
  skyrl = await startSkyrl();
}, SKYRL_START_MS);
afterAll(() => skyrl.stop());

it('serves the tiny model', () => {
  expect(skyrl.baseModel).toMatch(/tiny-model$/);
});
