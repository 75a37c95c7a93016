import type { TrainerConfiguration } from '../config/training-configuration.ts';
import { DEFAULT_WEIGHTS } from '../policy/embedded/choice/default-weights.ts';
import type { Blobs } from '../store/store.ts';
import { createEmbeddedTrainer } from '../trainer/embedded/embedded-trainer.ts';
import type { Trainer } from '../trainer/trainer.ts';

/** The trainer of each configuration. */
export function rememberTrainers(blobs: Blobs): (config: TrainerConfiguration) => Trainer {
  const embedded = createEmbeddedTrainer(blobs, DEFAULT_WEIGHTS);
  return () => embedded;
}
