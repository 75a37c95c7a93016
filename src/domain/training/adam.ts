import type { EmbeddedWeights, LogLinearWeights } from './log-linear-weights.ts';
import type { Optimizer } from './training-step.ts';

/**
 * One step of Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), upwards: `gradient` is
 * that of what is to grow.
 */
export function adamStep(
  { weights, optimizer: { steps, first, second } }: Omit<EmbeddedWeights, 'format'>,
  gradient: LogLinearWeights,
  { learningRate, beta1, beta2, epsilon, weightDecay }: Optimizer,
): EmbeddedWeights {
  const next = steps + 1;
  const blend = (old: LogLinearWeights, beta: number, of: (slope: number) => number) =>
    mapWeights(
      weights,
      (_weight, name, index) => beta * at(old, name, index) + (1 - beta) * of(at(gradient, name, index)),
    );
  const firstNext = blend(first, beta1, (slope) => slope);
  const secondNext = blend(second, beta2, (slope) => slope * slope);
  const moved = mapWeights(weights, (weight, name, index) => {
    const mean = at(firstNext, name, index) / (1 - beta1 ** next);
    const square = at(secondNext, name, index) / (1 - beta2 ** next);
    return weight + learningRate * (mean / (Math.sqrt(square) + epsilon) - weightDecay * weight);
  });
  const optimizer = { steps: next, first: firstNext, second: secondNext };
  return { format: 'embedded-weights-1', weights: moved, optimizer };
}

/** Weights that have not been trained yet. */
export function untrained(weights: LogLinearWeights): EmbeddedWeights {
  const none = mapWeights(weights, () => 0);
  return { format: 'embedded-weights-1', weights, optimizer: { steps: 0, first: none, second: none } };
}

function mapWeights(
  weights: LogLinearWeights,
  map: (weight: number, name: string, index: number) => number,
): LogLinearWeights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, row]) => [name, row.map((weight, index) => map(weight, name, index))]),
  );
}

function at(weights: LogLinearWeights, name: string, index: number): number {
  return weights[name]?.[index] ?? 0;
}
