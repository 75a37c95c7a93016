import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageRoot } from '../../../src/config/package-root.ts';
import { defaultPython } from '../../../src/sandbox/bubblewrap/supervisor-program.ts';
import { createFilesTrainer } from '../../../src/trainer/files/files-trainer.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { aTokenSequence, aTrainerCall, aTrainingStep } from '../a-training-step.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => removeDirectory(directory));

/** The program in docs/training.md. */
async function documentedTrainer(): Promise<string> {
  const page = await readFile(join(packageRoot, 'docs/training.md'), 'utf8');
  return /```python\n(.*?)```/s.exec(page)?.[1] ?? '';
}

it('the trainer of the documentation trains step after step', async () => {
  const program = spawn(defaultPython(), ['-c', await documentedTrainer(), directory], { stdio: 'inherit' });
  const ended = once(program, 'exit');
  try {
    const initialWeights = { kind: 'weights', directory: '/base' } as const;
    const trainer = createFilesTrainer({ directory, initialWeights, lookEveryMs: 20 });
    const call = aTrainerCall(AbortSignal.timeout(50_000));
    const first = await trainer.trainStep(
      await trainer.open('run', call),
      aTrainingStep(1, [aTokenSequence('one', 4), aTokenSequence('two', 3)]),
      call,
    );
    expect(first.metrics).toEqual({ tokens: 5 });
    const second = await trainer.trainStep(first.session, aTrainingStep(2, [aTokenSequence('three', 2)]), call);
    expect(second.metrics).toEqual({ tokens: 1 });
    const { kept } = await trainer.publish(second.session, 2, call);
    expect(kept).toEqual({ kind: 'weights', version: 2, directory: join(directory, 'steps/000002/weights') });
  } finally {
    program.kill();
    await ended;
  }
});
