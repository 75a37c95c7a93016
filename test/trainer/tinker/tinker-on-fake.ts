import { startFakeTinkerServer, type FakeTinkerOptions } from '../../../src/tinker/fake/fake-tinker-server.ts';
import type { TinkerTrainerOptions } from '../../../src/trainer/tinker/tinker-options.ts';
import { createTinkerTrainer } from '../../../src/trainer/tinker/tinker-trainer.ts';
import type { TrainingStep } from '../../../src/trainer/trainer.ts';
import type { TokenSequence } from '../../../src/domain/training/sequence.ts';
import type { TrainingManifest } from '../../../src/domain/training/training-step.ts';
import { aTokenSequence, aTrainingStep } from '../a-training-step.ts';

/** Options of a trainer whose server answers at once. */
export function optionsFor(baseUrl: string, given: Partial<TinkerTrainerOptions> = {}): TinkerTrainerOptions {
  return {
    baseUrl,
    server: 'skyrl',
    wire: 'auto',
    baseModel: 'tiny',
    parameters: { kind: 'lora', rank: 8, seed: 1 },
    reduction: 'sum',
    vocabularySize: 16,
    retries: 0,
    pauseMs: 1,
    ...given,
  };
}

/** A fake server and a trainer for it. */
export async function tinkerOnFake(server: FakeTinkerOptions = {}, options: Partial<TinkerTrainerOptions> = {}) {
  const fake = await startFakeTinkerServer(server);
  return { fake, trainer: createTinkerTrainer(optionsFor(fake.baseUrl, options)) };
}

/** A sequence that was sampled from its third token on. */
export function aRow(sequenceId: string, tokenIds: readonly number[], changes: Partial<TokenSequence> = {}) {
  const lossMask = tokenIds.map((_, index): 0 | 1 => (index < 2 ? 0 : 1));
  const logprobs = lossMask.map((mask) => (mask === 1 ? -2.5 : 0));
  return aTokenSequence(sequenceId, tokenIds.length, { tokenIds, lossMask, logprobs, ...changes });
}

/** Steps that pull in different directions, in two requests where two sequences fit into one; 0 has no sequences. */
export function aTinkerStep(step: number, changes: Partial<TrainingManifest> = {}): TrainingStep {
  const sequences = [
    aRow('a', [1, 4, 5, 9, 2], { advantage: step }),
    aRow('b', [1, 4, 7, 8], { advantage: -0.5 }),
    aRow('c', [1, step + 2, 3, 3, 2, 6, 2], { advantage: 0.25 }),
  ];
  return aTrainingStep(step, step === 0 ? [] : sequences, {
    objective: { loss: 'importance_sampling', ratioMin: 0.8, ratioMax: 1.28 },
    optimizer: { learningRate: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 },
    denominator: 4,
    ...changes,
  });
}
