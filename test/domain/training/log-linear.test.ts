import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  indexOfDraw,
  logProbabilities,
  logProbabilityGradient,
  scoreOf,
} from '../../../src/domain/training/log-linear.ts';

const total = (logprobs: readonly number[]) => logprobs.reduce((sum, logprob) => sum + Math.exp(logprob), 0);
const at = (values: readonly number[], index: number) => values[index] ?? Number.NaN;

const weights = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 });
const candidates = fc.array(weights, { minLength: 1, maxLength: 6 });

describe('log-linear model', () => {
  it('scores a candidate by the inner product, with missing weights as 0', () => {
    expect(scoreOf([1, 2], [3, 4, 5])).toBe(11);
  });

  it('gives equal candidates equal probability', () => {
    const logprobs = logProbabilities({ weights: [1], temperature: 1 }, [[2], [2], [2], [2]]);
    logprobs.forEach((logprob) => {
      expect(Math.exp(logprob)).toBeCloseTo(0.25, 12);
    });
  });

  it('sums to 1 for any weights and candidates', () => {
    fc.assert(
      fc.property(weights, candidates, (some, of) => {
        expect(total(logProbabilities({ weights: some, temperature: 0.7 }, of))).toBeCloseTo(1, 9);
      }),
    );
  });

  it.each([1e4, -1e4, 1e300])('stays finite with weight %d', (weight) => {
    const logprobs = logProbabilities({ weights: [weight], temperature: 1 }, [[1], [1], [0.5]]);
    expect(logprobs.some(Number.isNaN)).toBe(false);
    expect(total(logprobs)).toBeCloseTo(1, 9);
  });

  it('takes the best candidate at temperature 0', () => {
    const logprobs = logProbabilities({ weights: [1], temperature: 0 }, [[1], [3], [2]]);
    expect(logprobs).toEqual([-Infinity, 0, -Infinity]);
    expect(indexOfDraw(logprobs, 0)).toBe(1);
  });

  it('approaches the uniform distribution as the temperature grows', () => {
    const logprobs = logProbabilities({ weights: [1], temperature: 1e6 }, [[1], [3]]);
    expect(Math.exp(at(logprobs, 0))).toBeCloseTo(0.5, 5);
  });

  it.each([
    [0, 0],
    [0.249, 0],
    [0.25, 1],
    [0.9999, 1],
  ])('maps the draw %d to candidate %d', (draw, index) => {
    expect(indexOfDraw([Math.log(0.25), Math.log(0.75)], draw)).toBe(index);
  });

  it('never draws a candidate of probability 0', () => {
    expect(indexOfDraw([-Infinity, 0, -Infinity], 0)).toBe(1);
    expect(indexOfDraw([-Infinity, 0, -Infinity], 1 - Number.EPSILON)).toBe(1);
  });

  it('has the gradient that finite differences give', () => {
    const step = 1e-5;
    const property = fc.property(
      weights,
      candidates,
      fc.nat(),
      fc.constantFrom(0.5, 1, 2),
      (some, of, pick, temperature) => {
        const chosen = pick % of.length;
        const logprob = (moved: readonly number[]) => at(logProbabilities({ weights: moved, temperature }, of), chosen);
        logProbabilityGradient({ weights: some, temperature }, of, chosen).forEach((slope, dimension) => {
          const nudge = (by: number) => some.map((weight, index) => (index === dimension ? weight + by : weight));
          expect(slope).toBeCloseTo((logprob(nudge(step)) - logprob(nudge(-step))) / (2 * step), 3);
        });
      },
    );
    fc.assert(property);
  });

  it('has an expected gradient of 0', () => {
    const model = { weights: [0.3, -1.2], temperature: 1 };
    const of = [
      [1, 2],
      [0, 1],
      [3, -1],
    ];
    const logprobs = logProbabilities(model, of);
    const expected = [0, 1].map((dimension) =>
      of.reduce(
        (sum, _, chosen) =>
          sum + Math.exp(at(logprobs, chosen)) * at(logProbabilityGradient(model, of, chosen), dimension),
        0,
      ),
    );
    expect(expected.every((value) => Math.abs(value) < 1e-12)).toBe(true);
  });
});
