import { trainsAdapters, type TrainerConfiguration } from './trainer-configuration.ts';

/**
 * The embedded policy has some dozens of weights, which start near where they end. All weights of a language model take
 * the paper's rate; a LoRA adapter, whose rank scales what it adds, ten times as much. Half a step's gradients are of the
 * last 14 steps with the decay that language models are trained with, and of 700 with Adam's own.
 */
export const OPTIMIZER_DEFAULTS = {
  embedded: { learningRate: 0.05, beta2: 0.999 },
  weights: { learningRate: 3e-6, beta2: 0.95 },
  adapter: { learningRate: 3e-5, beta2: 0.95 },
} as const;

/** What is configured, and where nothing is, what suits this kind of trainer. */
export function optimizerOf({ trainer, learningRate, beta2 }: Said): Chosen {
  const trained = trainsAdapters(trainer) ? 'adapter' : 'weights';
  const defaults = OPTIMIZER_DEFAULTS[trainer.kind === 'embedded' ? 'embedded' : trained];
  return { learningRate: learningRate ?? defaults.learningRate, beta2: beta2 ?? defaults.beta2 };
}

interface Said {
  readonly trainer: TrainerConfiguration;
  readonly learningRate?: number | undefined;
  readonly beta2?: number | undefined;
}

interface Chosen {
  readonly learningRate: number;
  readonly beta2: number;
}
