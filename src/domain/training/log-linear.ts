/**
 * The choice of a log-linear model: p(i) ∝ exp(weights · features(i) / temperature).
 *
 * Shared by the embedded policy, which samples, and by its trainer, which needs the gradient. Candidates and weights
 * are plain numbers, so a decision can be stored, and its probability worked out again under later weights.
 */
export interface LogLinearModel {
  readonly weights: readonly number[];
  /** Above zero; 0 asks for the best candidate. */
  readonly temperature: number;
}

/** The score of one candidate before any normalisation: weights · features. Missing entries count as 0. */
export function scoreOf(weights: readonly number[], features: readonly number[]): number {
  return features.reduce((sum, feature, index) => sum + feature * (weights[index] ?? 0), 0);
}

/** log p(i) of each candidate. The best score is taken off first, so large weights neither overflow nor vanish. */
export function logProbabilities(
  { weights, temperature }: LogLinearModel,
  candidates: readonly (readonly number[])[],
): number[] {
  const scores = candidates.map((features) => scoreOf(weights, features));
  const best = Math.max(...scores);
  if (temperature <= 0) return bestOnly(scores, best);
  const scaled = scores.map((score) => (score - best) / temperature);
  const logNormaliser = Math.log(scaled.reduce((sum, value) => sum + Math.exp(value), 0));
  return scaled.map((value) => value - logNormaliser);
}

/** The candidate that a uniform draw in [0, 1) falls on. */
export function indexOfDraw(logprobs: readonly number[], draw: number): number {
  let remaining = draw;
  let last = 0;
  for (const [index, logprob] of logprobs.entries()) {
    const probability = Math.exp(logprob);
    if (probability > 0) last = index;
    remaining -= probability;
    if (remaining < 0 && probability > 0) return index;
  }
  // Rounding can leave a sliver of the draw over; it belongs to the last candidate that can be drawn at all.
  return last;
}

/** Gradient of log p(chosen) with respect to the weights: (features(chosen) - E[features]) / temperature. */
export function logProbabilityGradient(
  model: LogLinearModel,
  candidates: readonly (readonly number[])[],
  chosen: number,
): number[] {
  const probabilities = logProbabilities(model, candidates).map(Math.exp);
  const target = candidates[chosen] ?? [];
  return model.weights.map((_, dimension) => {
    const expected = candidates.reduce(
      (sum, features, index) => sum + (probabilities[index] ?? 0) * (features[dimension] ?? 0),
      0,
    );
    return ((target[dimension] ?? 0) - expected) / model.temperature;
  });
}

function bestOnly(scores: readonly number[], best: number): number[] {
  const winner = scores.indexOf(best);
  return scores.map((_, index) => (index === winner ? 0 : -Infinity));
}
