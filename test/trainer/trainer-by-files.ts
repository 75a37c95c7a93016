import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Trainer } from '../../src/trainer/trainer.ts';
import { removeDirectory } from '../store/temporary-directory.ts';
import { aTokenSequence, aTrainingStep } from './a-training-step.ts';
import type { TrainerFeatures, TrainerHost } from './trainer-contract.ts';

/** Of adapters that write steps into a directory: whoever trains is no concern of theirs, and keeps its own checkpoints. */
export const BY_FILES: TrainerFeatures = {
  ...{ losable: false, interruptible: false, ofOneRun: true, keepsItsCheckpoints: true },
};

export const LOOK_EVERY_MS = 5;

/** Somebody who trains in this directory, and looks again and again for what to do; weights are files named `model`. */
export function hostByFiles(
  directory: string,
  { createTrainer, look }: { readonly createTrainer: () => Trainer; readonly look: () => Promise<void> },
): TrainerHost {
  let stopped = false;
  const lookUntilStopped = async () => {
    while (!stopped) {
      await look();
      await delay(LOOK_EVERY_MS);
    }
  };
  const looking = lookUntilStopped();
  return {
    createTrainer,
    aStep: (step) => aTrainingStep(step, step === 0 ? [] : [aTokenSequence(`${step}`, 3 + step)]),
    weightsOf: (publication) =>
      'directory' in publication ? readFile(join(publication.directory, 'model'), 'utf8') : Promise.resolve(undefined),
    lose: () => Promise.resolve(),
    interrupt: () => Promise.resolve(),
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      await looking;
      await removeDirectory(directory);
    },
  };
}
