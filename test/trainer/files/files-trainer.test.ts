import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TrainerRefusedError, TrainerUnavailableError } from '../../../src/domain/failure/errors.ts';
import { createFilesTrainer } from '../../../src/trainer/files/files-trainer.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { aCallUntilItWaits, aTokenSequence, aTrainerCall, aTrainingStep } from '../a-training-step.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => removeDirectory(directory));

const sequences = [aTokenSequence('one', 4), aTokenSequence('two', 3, { role: 'injector', advantage: -0.5 })];
const step = aTrainingStep(1, sequences);
const receipt = {
  ...{ format: 'training-receipt-1', step: 1, policyVersion: 1 },
  weights: { kind: 'weights', directory: '/weights/1' },
  metrics: { loss: 0.25 },
};

function aTrainer() {
  const initialWeights = { kind: 'weights', directory: '/weights/base' } as const;
  return createFilesTrainer({ directory, initialWeights, lookEveryMs: 5 });
}

const folder = () => join(directory, 'steps', '000001');

async function answer(text: string): Promise<void> {
  await mkdir(folder(), { recursive: true });
  await writeFile(join(folder(), 'receipt.json'), text);
}

/** What becomes of the step, asked until it says that it waits, with what is done then. */
async function trainThen(then: () => Promise<void>) {
  const trainer = aTrainer();
  const call = aTrainerCall();
  const trained = trainer.trainStep(await trainer.open('run', call), step, call);
  trained.catch(() => undefined);
  await expect.poll(() => call.said.length).toBeGreaterThan(0);
  await then();
  return trained;
}

describe('the files trainer', () => {
  it('writes the manifest and the sequences, waits for the receipt, and publishes what it names', async () => {
    const trainer = aTrainer();
    const { session, metrics } = await trainThen(() => answer(JSON.stringify(receipt)));
    expect(metrics).toEqual({ loss: 0.25 });
    expect((await trainer.publish(session, 1, aTrainerCall())).kept).toEqual({
      ...{ kind: 'weights', version: 1, directory: '/weights/1' },
    });
    expect(JSON.parse(await readFile(join(folder(), 'manifest.json'), 'utf8'))).toEqual(step.manifest);
    const lines = gunzipSync(await readFile(join(folder(), 'sequences.jsonl.gz'))).toString();
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(sequences);
  });

  it('says what is waited for, and leaves no unfinished file', async () => {
    const call = aCallUntilItWaits();
    const session = await aTrainer().open('run', call);
    await expect(aTrainer().trainStep(session, step, call)).rejects.toThrow('left while it waited');
    expect(call.said[0]).toBe(`waiting for ${join(folder(), 'receipt.json')}, 0 s`);
    expect((await readdir(folder())).sort()).toEqual(['manifest.json', 'sequences.jsonl.gz']);
  });

  it('finds a step again as it was written, and its receipt', async () => {
    await trainThen(() => answer(JSON.stringify(receipt)));
    await writeFile(join(folder(), 'sequences.jsonl.gz'), 'read by the trainer, which may do with it as it likes');
    const call = aTrainerCall();
    const again = await aTrainer().trainStep(await aTrainer().open('run', call), step, call);
    expect(again.metrics).toEqual({ loss: 0.25 });
    expect(await readFile(join(folder(), 'sequences.jsonl.gz'), 'utf8')).toMatch(/^read by/);
  });

  it('reads paths of a receipt from the folder of the step', async () => {
    const weights = { kind: 'lora', directory: 'adapter' };
    const { session } = await trainThen(() => answer(JSON.stringify({ ...receipt, weights })));
    const { kept } = await aTrainer().publish(session, 1, aTrainerCall());
    expect(kept).toEqual({ kind: 'lora', version: 1, directory: join(folder(), 'adapter') });
  });

  it('reads a receipt that is half written once it is whole', async () => {
    const text = JSON.stringify(receipt);
    await answer(text.slice(0, 40));
    const call = {
      ...aTrainerCall(),
      say: () => {
        writeFileSync(join(folder(), 'receipt.json'), text);
      },
    };
    const trained = await aTrainer().trainStep(await aTrainer().open('run', call), step, call);
    expect(trained.metrics).toEqual({ loss: 0.25 });
  });

  it.each([
    ['{"format":', 'receipt.json: it is no JSON'],
    ['[]', 'receipt.json: all of it: '],
    [JSON.stringify({ ...receipt, format: 'training-receipt-2' }), 'receipt.json: format: '],
    [JSON.stringify({ ...receipt, weights: { kind: 'weights' } }), 'receipt.json: weights.directory: '],
    [JSON.stringify({ ...receipt, weights: { kind: 'full', directory: '/w' } }), 'receipt.json: weights.kind: '],
    [JSON.stringify({ ...receipt, metrics: { loss: null } }), 'receipt.json: metrics.loss: '],
    [JSON.stringify({ ...receipt, step: 2 }), 'receipt.json: step: is 2, and the step is 1'],
    [JSON.stringify({ ...receipt, policyVersion: 7 }), 'receipt.json: policyVersion: is 7, and'],
  ])('refuses the receipt %s', async (text, problem) => {
    await answer(text);
    const call = aTrainerCall();
    const trained = aTrainer().trainStep(await aTrainer().open('run', call), step, call);
    await expect(trained).rejects.toThrow(TrainerRefusedError);
    await expect(trained).rejects.toThrow(join(directory, 'steps', '000001', problem));
  });

  it('refuses a directory with steps of another run', async () => {
    await trainThen(() => answer(JSON.stringify(receipt)));
    const call = aTrainerCall();
    const other = aTrainingStep(1, sequences, { runId: 'other' });
    const trained = aTrainer().trainStep(await aTrainer().open('other', call), other, call);
    await expect(trained).rejects.toThrow(TrainerRefusedError);
    await expect(trained).rejects.toThrow('Give each run a directory of its own.');
  });

  it('goes on from a checkpoint with its weights, and answers what was trained since then from its receipts', async () => {
    const trainer = aTrainer();
    const call = aTrainerCall();
    const { kept } = await trainer.checkpoint(await trainer.open('run', call), 0, call);
    await trainThen(() => answer(JSON.stringify(receipt)));
    const session = await trainer.resume('run', kept, call);
    expect((await trainer.publish(session, 0, call)).kept).toMatchObject({ directory: '/weights/base' });
    expect((await trainer.trainStep(session, step, call)).metrics).toEqual({ loss: 0.25 });
  });

  it('refuses the session of another trainer', async () => {
    const session = { trainer: 'tinker', modelId: 'model' };
    await expect(aTrainer().publish(session, 1, aTrainerCall())).rejects.toThrow(TrainerRefusedError);
  });

  it('asks for another try where the directory cannot be written', async () => {
    await writeFile(join(directory, 'steps'), 'a file');
    const call = aTrainerCall();
    const trained = aTrainer().trainStep(await aTrainer().open('run', call), step, call);
    await expect(trained).rejects.toThrow(TrainerUnavailableError);
  });
});
