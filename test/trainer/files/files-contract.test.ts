import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createFilesTrainer } from '../../../src/trainer/files/files-trainer.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { BY_FILES, hostByFiles, LOOK_EVERY_MS } from '../trainer-by-files.ts';
import { answerStep } from './answer-step.ts';
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
        ...{ directory, lookEveryMs: LOOK_EVERY_MS },
        initialWeights: { kind: 'weights', directory: initial },
      }),
    look: async () => {
      const steps = join(directory, 'steps');
      for (const name of await readdir(steps).catch(() => [])) await answerStep(join(steps, name));
    },
  });
}
