/** The embedded policy's weights by the name of the decision, each list in the order of its features. */
export type LogLinearWeights = Readonly<Record<string, readonly number[]>>;

/** The blob that a step of the embedded trainer leaves: what the policy samples with, and how the optimizer stands. */
export interface EmbeddedWeights {
  readonly format: 'embedded-weights-1';
  readonly weights: LogLinearWeights;
  /** Moving averages of gradient and squared gradient (Adam), and the steps that are in them. */
  readonly optimizer: { readonly steps: number; readonly first: LogLinearWeights; readonly second: LogLinearWeights };
}
