import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TrainerRefusedError, TrainerUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createPrimeRlTrainer, type PrimeRlTrainerOptions } from '../../../src/trainer/prime-rl/prime-rl-trainer.ts';
import type { TrainingStep } from '../../../src/trainer/trainer.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { aCallUntilItWaits, aTokenSequence, aTrainerCall, aTrainingStep } from '../a-training-step.ts';

let outputDirectory: string;
beforeEach(async () => {
  outputDirectory = await temporaryDirectory();
});
afterEach(() => removeDirectory(outputDirectory));

function aTrainer(changes: Partial<PrimeRlTrainerOptions> = {}) {
  return createPrimeRlTrainer({
    ...{ outputDirectory, ranks: 1, sequenceTokens: 8, padToMultipleOf: 1, lookEveryMs: 5 },
    ...changes,
  });
}

const rollouts = (step: number, rank = 0) => join(outputDirectory, 'rollouts', `step_${step}`, `rank_${rank}.bin`);

async function broadcast(step: number, files: readonly string[] = ['model.safetensors']): Promise<void> {
  const folder = join(outputDirectory, 'broadcasts', `step_${step}`);
  await mkdir(folder, { recursive: true });
  for (const file of [...files, 'STABLE']) await writeFile(join(folder, file), '');
}

async function keepCheckpoint(step: number): Promise<void> {
  const folder = join(outputDirectory, 'checkpoints', `step_${step}`, 'trainer');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.metadata'), '');
}

const batchesOf = async (step: number, rank = 0) => decode(await readFile(rollouts(step, rank)));

/** What is written of a step before its weights are waited for. */
async function emit(step: TrainingStep, changes: Partial<PrimeRlTrainerOptions> = {}): Promise<void> {
  const trainer = aTrainer(changes);
  const call = aCallUntilItWaits();
  const session = await trainer.open(step.manifest.runId, call);
  await expect(trainer.trainStep(session, step, call)).rejects.toThrow('left while it waited');
}

const twoSequences = [
  aTokenSequence('one', 3, { advantage: 0.5, temperature: 0.75 }),
  aTokenSequence('two', 4, {
    role: 'injector',
    advantage: -0.25,
    lossMask: [0, 1, 0, 1],
    logprobs: [0, -0.5, -9, -1.5],
  }),
];

describe('the prime-rl trainer', () => {
  it('writes micro-batches as prime-rl reads them', async () => {
    await emit(aTrainingStep(1, twoSequences));
    expect(await batchesOf(1)).toEqual([
      [
        [100, 101, 102, 103, 100, 101, 102],
        [false, true, false, true, false, true, true],
        [0, -0.25, 0, -0.25, 0, 0.5, 0.5],
        [0, -0.5, 0, -1.5, 0, -0.25, -0.5],
        [0, 1, 2, 3, 0, 1, 2],
        [4, 3],
        [1, 1, 1, 1, 0.75, 0.75, 0.75],
        ['injector', 'injector', 'injector', 'injector', 'solver', 'solver', 'solver'],
        [4, 3],
      ],
    ]);
  });

  it('fills up to a multiple with what has no loss', async () => {
    await emit(aTrainingStep(1, [aTokenSequence('one', 3)]), { padToMultipleOf: 4 });
    expect(await batchesOf(1)).toEqual([
      [
        [100, 101, 102, 1],
        [false, true, true, false],
        [0, 0.5, 0.5, 0],
        [0, -0.25, -0.5, 0],
        [0, 1, 2, 0],
        [3, 1],
        [1, 1, 1, 1],
        ['solver', 'solver', 'solver', ''],
        [3, 1],
      ],
    ]);
  });

  it('gives every rank the same number of micro-batches', async () => {
    const sequences = Array.from({ length: 4 }, (_, index) => aTokenSequence(`${index}`, 8));
    await emit(aTrainingStep(1, sequences), { ranks: 3 });
    const ranks = await Promise.all([0, 1, 2].map((rank) => batchesOf(1, rank)));
    const nothing = [[1, 1], [false, false], [0, 0], [0, 0], [0, 1], [2], [1, 1], ['', ''], [2]];
    expect(ranks).toEqual([
      [expect.anything(), expect.anything()],
      [expect.anything(), nothing],
      [expect.anything(), nothing],
    ]);
  });

  it('writes the same bytes again where a worker died before all of them were there', async () => {
    const step = aTrainingStep(
      1,
      Array.from({ length: 30 }, (_, index) => aTokenSequence(`${index}`, 2 + (index % 7))),
    );
    await emit(step, { ranks: 2 });
    const written = await Promise.all([0, 1].map((rank) => readFile(rollouts(1, rank))));
    await rm(rollouts(1, 1));
    await emit(step, { ranks: 2 });
    expect(await Promise.all([0, 1].map((rank) => readFile(rollouts(1, rank))))).toEqual(written);
    expect(await readdir(join(outputDirectory, 'rollouts/step_1'))).toEqual(['rank_0.bin', 'rank_1.bin']);
  });

  it('reads a step once', async () => {
    const step = aTrainingStep(1, twoSequences);
    await emit(step);
    const unreadable = () => {
      throw new Error('read again');
    };
    await emit({ ...step, sequences: unreadable });
  });

  it('waits for the weights and publishes them, whole or as an adapter', async () => {
    const trainer = aTrainer();
    const call = aTrainerCall();
    await broadcast(0);
    const session = await trainer.open('run', call);
    expect((await trainer.publish(session, 0, call)).kept).toEqual({
      ...{ kind: 'weights', version: 0, directory: join(outputDirectory, 'broadcasts/step_0') },
    });
    await emit(aTrainingStep(1, twoSequences));
    await broadcast(1, ['adapter_model.safetensors', 'adapter_config.json']);
    const trained = await trainer.trainStep(session, aTrainingStep(1, twoSequences), call);
    expect((await trainer.publish(trained.session, 1, call)).kept).toEqual({
      ...{ kind: 'lora', version: 1, directory: join(outputDirectory, 'broadcasts/step_1') },
    });
  });

  it('says what is waited for', async () => {
    const call = aCallUntilItWaits();
    const trainer = aTrainer();
    const trained = trainer.trainStep(await trainer.open('run', call), aTrainingStep(1, twoSequences), call);
    await expect(trained).rejects.toThrow('left while it waited');
    expect(call.said).toEqual([
      `waiting for prime-rl's weights of step 1 (${join(outputDirectory, 'broadcasts/step_1')}/STABLE), 0 s`,
    ]);
  });

  it('counts the steps that are trained, where those of the run have gaps', async () => {
    const trainer = aTrainer();
    const call = aTrainerCall();
    const session = await trainer.open('run', call);
    await emit(aTrainingStep(3, twoSequences));
    await broadcast(1);
    const trained = await trainer.trainStep(session, aTrainingStep(3, twoSequences), call);
    const waiting = aCallUntilItWaits();
    await expect(trainer.trainStep(trained.session, aTrainingStep(7, twoSequences), waiting)).rejects.toThrow('left');
    expect(await readdir(join(outputDirectory, 'rollouts'))).toEqual(['step_1', 'step_2']);
  });

  it('waits for a checkpoint of its own, and goes on from it with later steps taken away', async () => {
    const trainer = aTrainer();
    const call = aTrainerCall();
    let session = await trainer.open('run', call);
    for (const number of [1, 2]) {
      await emitAs(session, number);
      await broadcast(number);
      ({ session } = await trainer.trainStep(session, aTrainingStep(number, twoSequences), call));
      if (number === 1) await keepCheckpoint(1);
    }
    const waiting = aCallUntilItWaits();
    await expect(trainer.checkpoint(session, 2, waiting)).rejects.toThrow('left');
    expect(waiting.said[0]).toContain(join(outputDirectory, 'checkpoints/step_2/trainer/.metadata'));

    const resumed = await trainer.resume('run', { trainer: 'prime-rl', runId: 'run', trained: 1 }, call);
    expect(await readdir(join(outputDirectory, 'rollouts'))).toEqual(['step_1']);
    const again = aCallUntilItWaits();
    await expect(trainer.trainStep(resumed, aTrainingStep(2, twoSequences), again)).rejects.toThrow('left');
    expect(await batchesOf(2)).toEqual(await batchesOf(1));
  });

  it('keeps nothing before the first step, because prime-rl begins with what it is started with', async () => {
    const trainer = aTrainer();
    const call = aTrainerCall();
    const { kept } = await trainer.checkpoint(await trainer.open('run', call), 0, call);
    expect(await trainer.resume('run', kept, call)).toMatchObject({ trained: 0 });
  });

  it.each<[string, TrainingStep, Partial<PrimeRlTrainerOptions>, string]>([
    ['a sequence that is too long', aTrainingStep(1, [aTokenSequence('long', 9)]), {}, "the trainer's seq_len is 8"],
    [
      'an advantage that is no number',
      aTrainingStep(1, [aTokenSequence('bad', 3, { advantage: Number.NaN })]),
      {},
      'Sequence bad cannot be trained on',
    ],
    [
      'a log-probability that is no number',
      aTrainingStep(1, [aTokenSequence('bad', 3, { logprobs: [0, -1, -Infinity] })]),
      {},
      'Sequence bad cannot be trained on',
    ],
    [
      'lists of different lengths',
      aTrainingStep(1, [aTokenSequence('bad', 3, { lossMask: [0, 1] })]),
      {},
      'of different lengths',
    ],
    [
      'another manifest under the same number',
      { ...aTrainingStep(1, twoSequences), manifestSha256: 'f'.repeat(64) },
      {},
      'Give each run an output_dir of its own',
    ],
    ['another number of ranks', aTrainingStep(1, twoSequences), { ranks: 2 }, 'keep ranks and seq_len'],
    [
      'supervised sequences',
      aTrainingStep(1, twoSequences, { objective: { loss: 'cross_entropy', ratioMin: 0, ratioMax: 0 } }),
      {},
      'cross_entropy',
    ],
  ])('refuses %s', async (what, step, changes, problem) => {
    if (what.startsWith('another')) await emit(aTrainingStep(1, twoSequences));
    const trainer = aTrainer(changes);
    const call = aCallUntilItWaits();
    const trained = trainer.trainStep(await trainer.open('run', call), step, call);
    await expect(trained).rejects.toThrow(TrainerRefusedError);
    await expect(trained).rejects.toThrow(problem);
  });

  it('refuses the directory of another run, and weights that were there before', async () => {
    const trainer = aTrainer();
    const call = aTrainerCall();
    const session = await trainer.open('run', call);
    await expect(trainer.open('other', call)).rejects.toThrow(TrainerRefusedError);
    await broadcast(1);
    const trained = trainer.trainStep(session, aTrainingStep(1, twoSequences), call);
    await expect(trained).rejects.toThrow('an earlier use of');
  });

  it('refuses to go on from a checkpoint that is gone', async () => {
    const resumed = aTrainer().resume('run', { trainer: 'prime-rl', runId: 'run', trained: 4 }, aTrainerCall());
    await expect(resumed).rejects.toThrow("prime-rl's checkpoint of step 4 is gone");
  });

  it('asks for another try where its directory is not mounted', async () => {
    const trainer = aTrainer({ outputDirectory: join(outputDirectory, 'absent') });
    await expect(trainer.open('run', aTrainerCall())).rejects.toThrow(TrainerUnavailableError);
  });
});

async function emitAs(session: Awaited<ReturnType<ReturnType<typeof aTrainer>['open']>>, number: number) {
  const emitted = aTrainer().trainStep(session, aTrainingStep(number, twoSequences), aCallUntilItWaits());
  await expect(emitted).rejects.toThrow('left');
}
