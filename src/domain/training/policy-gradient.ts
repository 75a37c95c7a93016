import type { Decision } from '../record/decision.ts';
import { logProbabilities, logProbabilityGradient } from './log-linear.ts';
import type { LogLinearWeights } from './log-linear-weights.ts';
import type { DecisionSequence } from './sequence.ts';
import type { Objective } from './training-step.ts';

/** The gradient of the objective by each weight, summed over decisions; ascending it makes rewards likelier. */
export interface PolicyGradient {
  readonly gradient: Readonly<Record<string, readonly number[]>>;
  readonly decisions: number;
  /** Decisions whose ratio lay outside of its bounds. */
  readonly clipped: number;
  /** Sum over decisions of log p(sampled with) - log p(now): how far the weights have moved since. */
  readonly divergence: number;
}

/** Adds up sequence by sequence, so that a step of any length is held in the size of the weights. */
export function createGradientSum(weights: LogLinearWeights, objective: Objective) {
  const gradient = new Map(Object.entries(weights).map(([name, row]) => [name, row.map(() => 0)]));
  let decisions = 0;
  let clipped = 0;
  let divergence = 0;

  const addDecision = (decision: Decision, { advantage, temperature }: DecisionSequence): void => {
    const row = weights[decision.name];
    const sum = gradient.get(decision.name);
    if (row === undefined || sum === undefined) throw new RangeError(`there is no decision ${decision.name}`);
    const model = { weights: row, temperature };
    const logprob = logProbabilities(model, decision.candidates)[decision.chosen];
    if (logprob === undefined) throw new RangeError(`decision ${decision.name} chose no candidate`);
    const ratio = Math.exp(logprob - decision.logprob);
    const scale = scaleOf(ratio, advantage, objective);
    decisions += 1;
    divergence += decision.logprob - logprob;
    if (ratio < objective.ratioMin || ratio > objective.ratioMax) clipped += 1;
    if (scale === 0) return;
    const direction = logProbabilityGradient(model, decision.candidates, decision.chosen);
    for (const [dimension, slope] of direction.entries()) sum[dimension] = (sum[dimension] ?? 0) + scale * slope;
  };

  return {
    add: (sequence: DecisionSequence): void => {
      for (const decision of sequence.decisions) addDecision(decision, sequence);
    },
    total: (): PolicyGradient => ({ gradient: Object.fromEntries(gradient), decisions, clipped, divergence }),
  };
}

/** What the gradient of log p is multiplied with (src/domain/training/training-step.ts, `Objective`). */
function scaleOf(ratio: number, advantage: number, { loss, ratioMin, ratioMax }: Objective): number {
  switch (loss) {
    case 'cross_entropy':
      return 1;
    case 'importance_sampling':
      return ratio * advantage;
    case 'cispo':
      return Math.min(Math.max(ratio, ratioMin), ratioMax) * advantage;
    case 'ppo': {
      // The minimum is flat where the ratio has already gone further than its bound in the direction that pays.
      const isFlat = advantage > 0 ? ratio > ratioMax : ratio < ratioMin;
      return isFlat ? 0 : ratio * advantage;
    }
  }
}
