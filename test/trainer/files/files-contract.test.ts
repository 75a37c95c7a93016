import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createFilesTrainer } from '../../../src/trainer/files/files-trainer.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { aTokenSequence, aTrainingStep } from '../a-training-step.ts';
import { describeTrainerContract, type TrainerHost } from '../trainer-contract.ts';

const FEATURES = { losable: false, interruptible: false, ofOneRun: true, keepsItsCheckpoints: true };
const LOOK_EVERY_MS = 5;

describeTrainerContract('the files trainer', FEATURES, aHost);

async function aHost(): Promise<TrainerHost> {
  const directory = await temporaryDirectory();
  const initial = join(directory, 'initial');
  await mkdir(initial);
  await writeFile(join(initial, 'model'), 'initial');
  const answering = answerSteps(directory);
  return {
    createTrainer: () =>
      createFilesTrainer({
        ...{ directory, takes: 'tokens', lookEveryMs: LOOK_EVERY_MS },
        initialWeights: { kind: 'weights', directory: initial },
      }),
    aStep: (step) => aTrainingStep(step, step === 0 ? [] : [aTokenSequence(`${step}`, 3 + step)]),
    weightsOf: (publication) =>
      'directory' in publication ? readFile(join(publication.directory, 'model'), 'utf8') : Promise.resolve(undefined),
    lose: () => Promise.resolve(),
    interrupt: () => Promise.resolve(),
    [Symbol.asyncDispose]: async () => {
      await answering.stop();
      await removeDirectory(directory);
    },
  };
}

/** Somebody who trains: the weights are a hash of what is trained on. */
function answerSteps(directory: string): { readonly stop: () => Promise<void> } {
  let stopped = false;
  const answerAll = async () => {
    while (!stopped) {
      for (const name of await readdir(join(directory, 'steps')).catch(() => []))
        await answerStep(join(directory, 'steps', name));
      await delay(LOOK_EVERY_MS);
    }
  };
  const answering = answerAll();
  return {
    stop: async () => {
      stopped = true;
      await answering;
    },
  };
}

async function answerStep(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes('manifest.json') || names.includes('receipt.json')) return;
  const content = await readFile(join(folder, 'sequences.jsonl.gz'));
  await mkdir(join(folder, 'weights'), { recursive: true });
  await writeFile(join(folder, 'weights', 'model'), createHash('sha256').update(content).digest('hex'));
  const step = Number(/\d+$/.exec(folder)?.[0]);
  const receipt = { format: 'training-receipt-1', step, policyVersion: step, metrics: { loss: content.length } };
  const text = JSON.stringify({ ...receipt, weights: { kind: 'weights', directory: 'weights' } });
  await writeFile(join(folder, 'receipt.tmp'), text);
  await rename(join(folder, 'receipt.tmp'), join(folder, 'receipt.json'));
}
