import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createFilesTrainer } from '../../../src/trainer/files/files-trainer.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { BY_FILES, hostByFiles, LOOK_EVERY_MS } from '../trainer-by-files.ts';
import { describeTrainerContract, type TrainerHost } from '../trainer-contract.ts';

describeTrainerContract('the files trainer', BY_FILES, aHost);

async function aHost(): Promise<TrainerHost> {
  const directory = await temporaryDirectory();
  const initial = join(directory, 'initial');
  await mkdir(initial);
  await writeFile(join(initial, 'model'), 'initial');
  return hostByFiles(directory, {
    createTrainer: () =>
      createFilesTrainer({
        ...{ directory, takes: 'tokens', lookEveryMs: LOOK_EVERY_MS },
        initialWeights: { kind: 'weights', directory: initial },
      }),
    look: async () => {
      const steps = join(directory, 'steps');
      for (const name of await readdir(steps).catch(() => [])) await answerStep(join(steps, name));
    },
  });
}

/** Somebody who trains: the weights are a hash of what is trained on. */
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
