import { indexOfDraw, logProbabilities } from '../../../domain/training/log-linear.ts';
import type { Decision } from '../../../domain/record/decision.ts';
import { toVector, type DecisionName, type Features, type Weights } from './default-weights.ts';

/** Picks one of some items, or nothing where there is none. Everything stochastic in the two programs goes through it. */
export type Choose = <Name extends DecisionName, Item>(
  name: Name,
  items: readonly Item[],
  featuresOf: (item: Item) => Features<Name>,
) => Item | undefined;

export interface Chooser {
  readonly choose: Choose;
  /** The decisions drawn since the last call. */
  takeDecisions(): readonly Decision[];
  /** Choices that the transcript records for a past turn, in order: they are taken rather than drawn again. */
  recall(choices: readonly number[]): void;
}

export interface ChooserSettings {
  readonly weights: Weights;
  readonly temperature: number;
  /** A uniform draw in [0, 1) for the n-th decision of the rollout. */
  readonly draw: (ordinal: number) => number;
}

export function createChooser({ weights, temperature, draw }: ChooserSettings): Chooser {
  let ordinal = 0;
  let recalled: number[] = [];
  let decisions: Decision[] = [];

  const choose: Choose = (name, items, featuresOf) => {
    // A choice without an alternative teaches nothing and is no decision.
    if (items.length <= 1) return items[0];
    const recorded = recalled.shift();
    const current = ordinal;
    ordinal += 1;
    if (recorded !== undefined && recorded < items.length) return items[recorded];
    const candidates = items.map((item) => toVector(name, featuresOf(item)));
    const logprobs = logProbabilities({ weights: weights[name], temperature }, candidates);
    const chosen = indexOfDraw(logprobs, draw(current));
    decisions.push({ name, candidates, chosen, logprob: logprobs[chosen] ?? -Infinity });
    return items[chosen];
  };

  return {
    choose,
    takeDecisions: () => {
      const taken = decisions;
      decisions = [];
      return taken;
    },
    recall: (choices) => {
      recalled = [...choices];
    },
  };
}
