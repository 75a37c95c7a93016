import { describe, expect, it } from 'vitest';

import { acceptance, expectedAcceptance, type Circumstances } from '../../bench/verdicts/acceptance.ts';
import { rewardOfChance } from '../../bench/verdicts/rewards-of-chance.ts';

const circumstances: Circumstances = {
  profile: 'strict',
  buggyRuns: 4,
  neutralEdit: false,
  kind: 'the run',
  tests: 1,
};
const FAILURE_RATE = 0.743;
const sampling = { rates: [FAILURE_RATE], artifacts: 400, seed: 7 };
// Three standard deviations of a share of 400.
const TOLERANCE = 0.075;

describe('an artifact whose tests fail by chance', () => {
  it('is accepted as often as docs/specification.md#theory says', () => {
    expect(expectedAcceptance(FAILURE_RATE, circumstances)).toBeCloseTo(0.305, 3);
  });

  it.each<[string, Partial<Circumstances>]>([
    ['four runs', {}],
    ['eight runs', { buggyRuns: 8 }],
    ['two tests', { tests: 2 }],
    ['one run in the paper profile', { buggyRuns: 1, profile: 'paper' }],
    ['its own text as the seed, and a neutral edit', { kind: 'its own text', neutralEdit: true }],
    ['the process id as the seed', { kind: 'the process id' }],
  ])('passes the checks as often as the closed form says: %s', (_, changes) => {
    const { points, closedForm } = acceptance({ ...circumstances, ...changes }, sampling);
    expect(Math.abs((points[0]?.measured ?? NaN) - closedForm(FAILURE_RATE))).toBeLessThan(TOLERANCE);
  });

  it('earns less than any bug that is solved now and then when attempts are graded twice', () => {
    const { points } = rewardOfChance(circumstances, 2, sampling);
    expect(points[0]?.measured).toBeLessThan(-0.6);
  });
});
