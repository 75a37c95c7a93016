import { afterAll, beforeAll } from 'vitest';

import { createTinkerTrainer } from '../../../src/trainer/tinker/tinker-trainer.ts';
import { createTinkerClient } from '../../../src/tinker/wire/tinker-client.ts';
import type { Trainer } from '../../../src/trainer/trainer.ts';
import { SKYRL_START_MS, startSkyrl, type TestSkyrl } from '../../support/run-skyrl.ts';
import { describeTrainerContract, type TrainerHost } from '../trainer-contract.ts';
import { aTinkerStep, optionsFor } from './tinker-on-fake.ts';

let skyrl: TestSkyrl;
beforeAll(async () => {
  skyrl = await startSkyrl();
}, SKYRL_START_MS);
afterAll(() => skyrl.stop());

const VOCABULARY = 264;

// One test starts the server again.
const FEATURES = { losable: true, interruptible: false, timeoutMs: SKYRL_START_MS };

describeTrainerContract('a Tinker trainer on a real SkyRL', FEATURES, () => Promise.resolve(onSkyrl()));

function onSkyrl(): TrainerHost {
  const options = optionsFor(skyrl.url, {
    ...{ baseModel: skyrl.baseModel, reduction: 'mean', vocabularySize: VOCABULARY, maxDatumsPerRequest: 2 },
    pauseMs: 200,
  });
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
    aStep: (step) => aTinkerStep(step, { optimizer: { ...OPTIMIZER, learningRate: 1e-3 } }),
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

const OPTIMIZER = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 };
