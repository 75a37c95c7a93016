import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createPrimeRlTrainer } from '../../../src/trainer/prime-rl/prime-rl-trainer.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { BY_FILES, hostByFiles, LOOK_EVERY_MS } from '../trainer-by-files.ts';
import { describeTrainerContract, type TrainerHost } from '../trainer-contract.ts';

describeTrainerContract('the prime-rl trainer', BY_FILES, aHost);

async function aHost(): Promise<TrainerHost> {
  const outputDirectory = await temporaryDirectory();
  const layout = { ranks: 1, sequenceTokens: 8, padToMultipleOf: 1, lookEveryMs: LOOK_EVERY_MS };
  await broadcast(outputDirectory, 0, 'initial');
  return hostByFiles(outputDirectory, {
    createTrainer: () => createPrimeRlTrainer({ outputDirectory, ...layout }),
    look: async () => {
      for (const name of await readdir(join(outputDirectory, 'rollouts')).catch(() => []))
        // Where the run goes back, files vanish: what is not there is not trained on.
        await trainStep(outputDirectory, Number(/\d+$/.exec(name)?.[0])).catch(() => undefined);
    },
  });
}

/** prime-rl as far as files show it: new weights are a hash of the old ones and of what is trained on. */
async function trainStep(outputDirectory: string, step: number): Promise<void> {
  const stable = join(outputDirectory, 'broadcasts', `step_${step}`, 'STABLE');
  if ((await readFile(stable).catch(() => undefined)) !== undefined) return;
  const before = await readFile(join(outputDirectory, 'broadcasts', `step_${step - 1}`, 'model'));
  const rollouts = await readFile(join(outputDirectory, 'rollouts', `step_${step}`, 'rank_0.bin'));
  const checkpoint = join(outputDirectory, 'checkpoints', `step_${step}`, 'trainer');
  await broadcast(outputDirectory, step, createHash('sha256').update(before).update(rollouts).digest('hex'));
  await mkdir(checkpoint, { recursive: true });
  await writeFile(join(checkpoint, '.metadata'), '');
}

async function broadcast(outputDirectory: string, step: number, model: string): Promise<void> {
  const folder = join(outputDirectory, 'broadcasts', `step_${step}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model'), model);
  await writeFile(join(folder, 'STABLE'), '');
}
