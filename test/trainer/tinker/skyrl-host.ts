import type { TinkerTrainerOptions } from '../../../src/trainer/tinker/tinker-options.ts';
import { createTinkerTrainer } from '../../../src/trainer/tinker/tinker-trainer.ts';
import { createTinkerClient } from '../../../src/tinker/wire/tinker-client.ts';
import type { Trainer } from '../../../src/trainer/trainer.ts';
import type { TestSkyrl } from '../../support/run-skyrl.ts';
import type { TrainerHost } from '../trainer-contract.ts';
import { aTinkerStep, optionsFor } from './tinker-on-fake.ts';

const OPTIMIZER = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 };

/** Of the tiny model on SkyRL with JAX. */
export function optionsOf({ url, baseModel }: TestSkyrl): TinkerTrainerOptions {
  return optionsFor(url, { baseModel, reduction: 'mean', vocabularySize: 264, retries: 1, pauseMs: 200 });
}

/** A real SkyRL for the contract of trainers. */
export function onSkyrl(skyrl: TestSkyrl): TrainerHost {
  const options = { ...optionsOf(skyrl), maxDatumsPerRequest: 2, retries: 0 };
  const client = createTinkerClient(options);
  const signal = new AbortController().signal;
  const opened = new Set<string>();
  const noted = (trainer: Trainer): Trainer => {
    const note = async (made: ReturnType<Trainer['open']>) => {
      const session = await made;
      if (typeof session.modelId === 'string') opened.add(session.modelId);
      return session;
    };
    return {
      ...trainer,
      open: (...given) => note(trainer.open(...given)),
      resume: (...given) => note(trainer.resume(...given)),
    };
  };
  return {
    createTrainer: () => noted(createTinkerTrainer(options)),
    aStep: (step) => aTinkerStep(step, { optimizer: OPTIMIZER }),
    weightsOf: (publication) =>
      client.sample(
        {
          model: { path: publication.kind === 'sampler' ? publication.path : '' },
          prompt: [1, 4],
          ...{ samples: 1, maxTokens: 8, temperature: 1, topP: 1, topK: -1, seed: 7, stop: [0] },
        },
        signal,
      ),
    lose: async () => {
      await skyrl.kill();
      await skyrl.start();
    },
    interrupt: () => Promise.reject(new Error('a real server is not interrupted')),
    // There is room for three.
    [Symbol.asyncDispose]: async () => {
      for (const modelId of opened) await client.unloadModel(modelId, signal);
    },
  };
}
