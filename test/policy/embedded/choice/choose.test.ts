import { describe, expect, it } from 'vitest';

import { logProbabilities } from '../../../../src/domain/training/log-linear.ts';
import { createChooser } from '../../../../src/policy/embedded/choice/choose.ts';
import { DEFAULT_WEIGHTS, featureNames, toVector } from '../../../../src/policy/embedded/choice/default-weights.ts';

const RUNNERS = ['pytest', 'unittest'] as const;

function aChooser(draw = 0.999) {
  return createChooser({ weights: DEFAULT_WEIGHTS, temperature: 1, draw: () => draw });
}

describe('chooser', () => {
  it('records candidates, choice and log-probability', () => {
    const chooser = aChooser();
    expect(chooser.choose('test-runner', RUNNERS, (name) => ({ [name]: 1 }))).toBe('unittest');
    const candidates = [
      [1, 0],
      [0, 1],
    ];
    const [, logprob] = logProbabilities({ weights: DEFAULT_WEIGHTS['test-runner'], temperature: 1 }, candidates);
    expect(chooser.takeDecisions()).toEqual([{ name: 'test-runner', candidates, chosen: 1, logprob }]);
    expect(chooser.takeDecisions()).toEqual([]);
  });

  it('gives nothing for nothing, and the only item without a decision', () => {
    const chooser = aChooser();
    const none: readonly string[] = [];
    expect(chooser.choose('test-runner', none, () => ({}))).toBeUndefined();
    expect(chooser.choose('test-runner', ['pytest'], () => ({}))).toBe('pytest');
    expect(chooser.takeDecisions()).toEqual([]);
  });

  it('takes recalled choices before it draws', () => {
    const chooser = aChooser();
    chooser.recall([0]);
    expect(chooser.choose('test-runner', RUNNERS, () => ({}))).toBe('pytest');
    expect(chooser.choose('test-runner', RUNNERS, () => ({}))).toBe('unittest');
  });

  it('draws where a recalled choice has no candidate', () => {
    const chooser = aChooser();
    chooser.recall([7]);
    expect(chooser.choose('test-runner', RUNNERS, () => ({}))).toBe('unittest');
  });
});

describe('features', () => {
  it('stand in the order of their names, 0 where not given', () => {
    expect(featureNames('test-runner')).toEqual(['pytest', 'unittest']);
    expect(toVector('test-runner', { unittest: 1 })).toEqual([0, 1]);
  });

  it.each(Object.entries(DEFAULT_WEIGHTS))('of %s have one finite weight each', (_, weights) => {
    expect(weights.length).toBeGreaterThan(0);
    expect(weights.every(Number.isFinite)).toBe(true);
  });
});
