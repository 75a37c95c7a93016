import { startFakeTinkerServer, type FakeTinkerOptions } from '../../../src/tinker/fake/fake-tinker-server.ts';
import { createTinkerTrainer } from '../../../src/trainer/tinker/tinker-trainer.ts';
import { describeTrainerContract, type TrainerHost } from '../trainer-contract.ts';
import { aTinkerStep, optionsFor } from './tinker-on-fake.ts';

const ALL = { losable: true, interruptible: true };

describeTrainerContract('a Tinker trainer on SkyRL 0.3', ALL, () => aHost({ wire: 'json' }));
describeTrainerContract('a Tinker trainer on SkyRL 0.4', ALL, () => aHost({ wire: 'protobuf' }));

async function aHost(options: FakeTinkerOptions): Promise<TrainerHost> {
  // A model for each that a test opens or resumes.
  const fake = await startFakeTinkerServer({ ...options, maxModels: 4 });
  return {
    createTrainer: () => createTinkerTrainer(optionsFor(fake.baseUrl, { maxDatumsPerRequest: 2 })),
    aStep: aTinkerStep,
    weightsOf: (publication) =>
      Promise.resolve(publication.kind === 'sampler' ? fake.weightsAt(publication.path) : undefined),
    lose: () => {
      fake.restart();
      return Promise.resolve();
    },
    interrupt: () => {
      fake.plan('/forward_backward', 'lost');
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}
