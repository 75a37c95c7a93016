import { requireSecret } from '../config/store-configuration.ts';
import type { TrainerConfiguration } from '../config/training-configuration.ts';
import { DEFAULT_WEIGHTS } from '../policy/embedded/choice/default-weights.ts';
import type { Blobs } from '../store/store.ts';
import { createEmbeddedTrainer } from '../trainer/embedded/embedded-trainer.ts';
import { createFilesTrainer } from '../trainer/files/files-trainer.ts';
import { createPrimeRlTrainer } from '../trainer/prime-rl/prime-rl-trainer.ts';
import { createTinkerTrainer } from '../trainer/tinker/tinker-trainer.ts';
import type { Trainer } from '../trainer/trainer.ts';
import { remember } from './remember.ts';

/** One trainer for each configuration. */
export function rememberTrainers(blobs: Blobs): (config: TrainerConfiguration) => Trainer {
  return remember((config: TrainerConfiguration) => createTrainer(blobs, config));
}

function createTrainer(blobs: Blobs, config: TrainerConfiguration): Trainer {
  switch (config.kind) {
    case 'embedded':
      return createEmbeddedTrainer(blobs, DEFAULT_WEIGHTS);
    case 'tinker': {
      const { apiKeyEnv, loraRank, maxSequencesPerRequest, ...rest } = config;
      return createTinkerTrainer({
        ...rest,
        apiKey: apiKeyEnv === undefined ? undefined : requireSecret('training.trainer.api_key_env', apiKeyEnv),
        parameters: loraRank === undefined ? { kind: 'full' } : { kind: 'lora', rank: loraRank },
        maxDatumsPerRequest: maxSequencesPerRequest,
      });
    }
    case 'prime-rl':
      return createPrimeRlTrainer(config);
    case 'files':
      return createFilesTrainer(config);
  }
}
