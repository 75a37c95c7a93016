/** Rises evenly over the first steps and stays; `step` counts from 1 (paper: 30 steps of warm-up). */
export function learningRateAt(step: number, { learningRate, warmUpSteps }: LearningRate): number {
  return warmUpSteps === 0 ? learningRate : learningRate * Math.min(1, step / warmUpSteps);
}

export interface LearningRate {
  readonly learningRate: number;
  readonly warmUpSteps: number;
}
