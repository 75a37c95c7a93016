import type { AdamParams } from '../wire/tinker-shapes.ts';

/** Logits of the next token for each token before it; rows that were never trained are all zero, a uniform choice. */
export interface FakeWeights {
  readonly vocabularySize: number;
  readonly rows: Map<number, number[]>;
  readonly gradient: Map<number, number[]>;
  readonly momentum: Map<number, number[]>;
  readonly variance: Map<number, number[]>;
  steps: number;
}

export function createFakeWeights(vocabularySize: number): FakeWeights {
  const empty = () => new Map<number, number[]>();
  return { vocabularySize, rows: empty(), gradient: empty(), momentum: empty(), variance: empty(), steps: 0 };
}

/** All of it, optimizer included; with `weights` alone the optimizer begins anew. Gradients are never kept. */
export function copyOf(weights: FakeWeights, what: 'all' | 'weights'): FakeWeights {
  const copy = createFakeWeights(weights.vocabularySize);
  copyRows(weights.rows, copy.rows);
  if (what === 'weights') return copy;
  copyRows(weights.momentum, copy.momentum);
  copyRows(weights.variance, copy.variance);
  copy.steps = weights.steps;
  return copy;
}

/** Puts the weights alone of one into the other. */
export function putInto(weights: FakeWeights, saved: FakeWeights): void {
  weights.rows.clear();
  copyRows(saved.rows, weights.rows);
}

export function logprobsAfter({ rows, vocabularySize }: FakeWeights, token: number): number[] {
  const logits = rows.get(token) ?? Array<number>(vocabularySize).fill(0);
  const best = Math.max(...logits);
  const logNormaliser = best + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - best), 0));
  return logits.map((logit) => logit - logNormaliser);
}

/** Adds the gradient of a loss of which `slope` is the derivative by log p(target | token). */
export function addGradient(
  weights: FakeWeights,
  { token, target, slope }: { token: number; target: number; slope: number },
): void {
  const row = rowOf(weights.gradient, token, weights.vocabularySize);
  for (const [index, logprob] of logprobsAfter(weights, token).entries())
    row[index] = (row[index] ?? 0) + slope * ((index === target ? 1 : 0) - Math.exp(logprob));
}

/** Adam, over every row that has ever had a gradient: without one its momentum moves it on. Gives the gradient's norm. */
export function adamStep(weights: FakeWeights, adam: AdamParams): number {
  const { gradient, momentum, variance, rows, vocabularySize } = weights;
  weights.steps += 1;
  const squared = [...gradient.values()].flat().reduce((sum, value) => sum + value * value, 0);
  for (const token of new Set([...gradient.keys(), ...momentum.keys()])) {
    const slopes = gradient.get(token) ?? [];
    const first = rowOf(momentum, token, vocabularySize);
    const second = rowOf(variance, token, vocabularySize);
    const row = rowOf(rows, token, vocabularySize);
    for (const index of row.keys()) {
      const slope = slopes[index] ?? 0;
      first[index] = adam.beta1 * (first[index] ?? 0) + (1 - adam.beta1) * slope;
      second[index] = adam.beta2 * (second[index] ?? 0) + (1 - adam.beta2) * slope * slope;
      const mean = first[index] / (1 - adam.beta1 ** weights.steps);
      const spread = Math.sqrt(second[index] / (1 - adam.beta2 ** weights.steps));
      const decayed = (row[index] ?? 0) * (1 - adam.learning_rate * adam.weight_decay);
      row[index] = decayed - (adam.learning_rate * mean) / (spread + adam.eps);
    }
  }
  gradient.clear();
  return Math.sqrt(squared);
}

function rowOf(rows: Map<number, number[]>, token: number, size: number): number[] {
  const row = rows.get(token) ?? Array<number>(size).fill(0);
  rows.set(token, row);
  return row;
}

function copyRows(from: ReadonlyMap<number, readonly number[]>, to: Map<number, number[]>): void {
  for (const [token, row] of from) to.set(token, [...row]);
}
