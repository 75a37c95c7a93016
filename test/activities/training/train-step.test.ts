import { beforeEach, describe, expect, it } from 'vitest';

import { assembleStep, type StepToAssemble } from '../../../src/activities/training/assemble-step.ts';
import { keepTrainer } from '../../../src/activities/training/keep-trainer.ts';
import { readShards } from '../../../src/activities/training/sequence-shards.ts';
import { openTraining, recoverTraining, trainStep } from '../../../src/activities/training/train-step.ts';
import type { Trained } from '../../../src/activities/training/trained.ts';
import { weighGroups } from '../../../src/activities/training/weigh-groups.ts';
import { getJson } from '../../../src/activities/services/json-blobs.ts';
import { TrainerLostError, TrainerRefusedError, TrainerUnavailableError } from '../../../src/domain/failure/errors.ts';
import type { Sequence } from '../../../src/domain/training/sequence.ts';
import type { TrainingManifest } from '../../../src/domain/training/training-step.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { createEmbeddedTrainer } from '../../../src/trainer/embedded/embedded-trainer.ts';
import type { Trainer, TrainerSession } from '../../../src/trainer/trainer.ts';
import { aConfiguration } from '../../support/run-fixture.ts';
import { decidedFor, openPlayedRun, settleSolvers } from './played-run.ts';

const GROUPS = ['run/one', 'run/two', 'run/three'] as const;
const progress = { signal: new AbortController().signal, say: () => undefined };
let store: Store;

beforeEach(async () => {
  store = await aPlayedRun();
});

/** A run with three groups that wait for a step; the same each time. */
async function aPlayedRun(): Promise<Store> {
  const fresh = await createInMemoryStore();
  await openPlayedRun(fresh);
  const solved = { turns: [[decidedFor(0)], [decidedFor(1), decidedFor(0)]], reward: 1 };
  const unsolved = { turns: [[decidedFor(1)]], reward: -1 };
  for (const episodeId of GROUPS) await settleSolvers(fresh, episodeId, [solved, unsolved, unsolved]);
  await weighGroups(fresh, 'run', GROUPS.map(solversOf));
  return fresh;
}

const solversOf = (groupId: string) => ({ groupId, role: 'solver' as const });

function aStep(step: number, groups: readonly string[], changes: Partial<StepToAssemble> = {}): StepToAssemble {
  const { training } = aConfiguration({ training: { trainer: { kind: 'embedded' } } });
  if (training === undefined) throw new Error('nothing trains');
  const asked = { runId: 'run', step, policyVersion: step - 1, kind: 'decisions', stale: [], temperature: 1 } as const;
  return { ...asked, training, groups: groups.map(solversOf), ...changes };
}

async function assembled(step: StepToAssemble): Promise<TrainingManifest> {
  const manifest = await assembleStep(store, step, progress);
  if (manifest === null) throw new Error('nothing was assembled');
  return getJson<TrainingManifest>(store.blobs, manifest);
}

async function sequencesIn({ shards }: TrainingManifest): Promise<readonly Sequence[]> {
  const sequences: Sequence[] = [];
  for await (const sequence of readShards(store.blobs, shards)) sequences.push(sequence);
  return sequences;
}

describe('a step', () => {
  it('holds what its groups have played, each with its advantage, in the order of their names', async () => {
    const manifest = await assembled(aStep(1, ['run/two', 'run/one']));
    expect(manifest).toMatchObject({
      ...{ format: 'training-step-1', step: 1, policyVersion: 0, groups: ['run/one', 'run/two'], denominator: 10 },
      byRole: { solver: { rollouts: 6, sequences: 6, trained: 10 }, injector: { rollouts: 0 } },
    });
    const sequences = await sequencesIn(manifest);
    expect(sequences.map(({ rolloutId }) => rolloutId)).toEqual(
      ['one', 'two'].flatMap((name) => [0, 1, 2].map((attempt) => `run/${name}/solver-${attempt}`)),
    );
    expect(sequences[0]).toMatchObject({
      kind: 'decisions',
      advantage: 4 / 3,
      decisions: [{ chosen: 0 }, { chosen: 1 }, {}],
    });
    expect(sequences[1]?.advantage).toBeCloseTo(-2 / 3, 12);
  });

  it('is the same when it is assembled again, whatever is asked for then', async () => {
    const first = await assembleStep(store, aStep(1, ['run/one']), progress);
    expect(await assembleStep(store, aStep(1, ['run/two']), progress)).toEqual(first);
    const inStep = (await store.ledger.listTrainingGroups('run')).filter(({ step }) => step !== null);
    expect(inStep.map(({ groupId }) => groupId)).toEqual(['run/one']);
  });

  it('has no manifest where nothing in it can be trained on', async () => {
    expect(await assembleStep(store, aStep(1, []), progress)).toBeNull();
    expect(await assembleStep(store, aStep(2, ['run/one'], { kind: 'tokens' }), progress)).toBeNull();
    expect(await store.ledger.findTrainingStep('run', 1)).toMatchObject({ manifest: null });
  });

  it('writes what is stale off', async () => {
    await assembled(aStep(1, ['run/one'], { stale: ['run/two'] }));
    const two = (await store.ledger.listTrainingGroups('run')).find(({ groupId }) => groupId === 'run/two');
    expect(two).toMatchObject({ standing: 'stale', step: null });
  });
});

/** A trainer that is asked and may fail; what it was asked is written down. */
function watched(failures: Readonly<Record<string, Error[]>> = {}) {
  const asked: string[] = [];
  const embedded = createEmbeddedTrainer(store.blobs, { 'suspect-function': [0, 0] });
  const ask = (what: string) => {
    asked.push(what);
    const failure = failures[what]?.shift();
    if (failure !== undefined) throw failure;
  };
  const trainer: Trainer = {
    ...embedded,
    open: (runId, call) => (ask('open'), embedded.open(runId, call)),
    resume: (runId, checkpoint, call) => (ask('resume'), embedded.resume(runId, checkpoint, call)),
    trainStep: async (session, step, call) => {
      ask(`train ${step.manifest.step}`);
      return embedded.trainStep(session, step, call);
    },
    publish: async (session, version, call) => {
      ask(`publish ${version}`);
      return embedded.publish(session, version, call);
    },
    removeCheckpoint: () => {
      ask('remove');
      return Promise.resolve();
    },
  };
  const trained: Trained = { store, trainer, runId: 'run', checkpointEvery: 2, checkpointsKept: 1, maxLag: 1 };
  return { asked, trained };
}

async function threeSteps(trained: Trained): Promise<void> {
  await openTraining(trained, progress);
  for (const [index, groupId] of GROUPS.entries()) {
    await assembleStep(store, aStep(index + 1, [groupId]), progress);
    await trainStep(trained, index + 1, progress);
  }
}

const newestWeights = async () => (await store.ledger.newestReceipt('run'))?.publication;

describe('training', () => {
  it('makes a new version a step, keeps every second one, and asks nothing of what is over', async () => {
    const { asked, trained } = watched();
    await threeSteps(trained);
    const receipts = await store.ledger.listReceipts('run');
    expect(receipts.map(({ step, policyVersion, checkpoint }) => [step, policyVersion, checkpoint !== null])).toEqual([
      [0, 0, true],
      [1, 1, false],
      [2, 2, true],
      [3, 3, false],
    ]);
    const before = asked.length;
    await openTraining(trained, progress);
    expect(await trainStep(trained, 2, progress)).toEqual(receipts[2]);
    expect(asked).toHaveLength(before);
    expect(asked.filter((what) => what === 'remove')).toHaveLength(1);
  });

  it('goes on from the last checkpoint when the trainer has lost the run, to the same weights', async () => {
    await threeSteps(watched().trained);
    const undisturbed = await newestWeights();
    store = await aPlayedRun();
    const { asked, trained } = watched({ 'train 3': [new TrainerLostError('gone')] });
    await threeSteps(trained);
    expect(asked.slice(asked.indexOf('train 3'))).toEqual(['train 3', 'resume', 'train 3', 'publish 3']);
    expect(await newestWeights()).toBe(undisturbed);
    store = await aPlayedRun();
    const early = watched({ 'train 2': [new TrainerLostError('gone')] });
    await threeSteps(early.trained);
    expect(early.asked.slice(early.asked.indexOf('train 2'), -2)).toEqual([
      ...['train 2', 'resume', 'train 1', 'train 2', 'publish 2', 'remove'],
    ]);
    expect(await newestWeights()).toBe(undisturbed);
  });

  it('goes on from what it has made again when its step fails once more', async () => {
    await threeSteps(watched().trained);
    const undisturbed = await newestWeights();
    store = await aPlayedRun();
    const losses = { 'train 1': [new TrainerLostError('gone')], 'publish 1': [new TrainerUnavailableError('busy')] };
    const { asked, trained } = watched(losses);
    await openTraining(trained, progress);
    await assembleStep(store, aStep(1, ['run/one']), progress);
    await expect(trainStep(trained, 1, progress)).rejects.toThrow('busy');
    await threeSteps(trained);
    expect(asked.filter((what) => what === 'resume')).toHaveLength(1);
    expect(await newestWeights()).toBe(undisturbed);
  });

  it('ends the run whose trainer is lost with one step again and again, and says what to do', async () => {
    const gone = Array.from({ length: 40 }, () => new TrainerLostError('out of memory'));
    const { asked, trained } = watched({ 'train 1': gone });
    await openTraining(trained, progress);
    await assembleStep(store, aStep(1, ['run/one']), progress);
    let failure: unknown;
    for (let tries = 0; tries < 20 && !(failure instanceof TrainerRefusedError); tries += 1)
      failure = await trainStep(trained, 1, progress).catch((error: unknown) => error);
    expect(asked.filter((what) => what === 'resume')).toHaveLength(5);
    expect(failure).toMatchObject({
      name: 'TrainerRefusedError',
      message: expect.stringMatching(/6 times since step 0 .* out of memory.*workflow reset --workflow-id run /),
    });
    expect((await store.ledger.findReceipt('run', 0))?.losses).toBe(0);
  });

  it('leaves a step without a receipt to be taken again when it fails', async () => {
    const { trained } = watched({ 'publish 1': [new TrainerUnavailableError('busy')] });
    await openTraining(trained, progress);
    await assembleStep(store, aStep(1, ['run/one']), progress);
    await expect(trainStep(trained, 1, progress)).rejects.toThrow('busy');
    expect(await store.ledger.findReceipt('run', 1)).toBeUndefined();
    expect(await trainStep(trained, 1, progress)).toMatchObject({ step: 1, policyVersion: 1 });
  });

  it('keeps weights and version where a step has nothing to teach', async () => {
    const { asked, trained } = watched();
    await openTraining(trained, progress);
    await assembleStep(store, aStep(1, []), progress);
    expect(await trainStep(trained, 1, progress)).toMatchObject({ step: 1, policyVersion: 0, checkpoint: null });
    expect(asked).not.toContain('train 1');
  });

  it('publishes the newest weights again when the trainer was lost between two steps', async () => {
    await threeSteps(watched().trained);
    const before = await store.ledger.newestReceipt('run');
    const { asked, trained } = watched();
    await recoverTraining(trained, progress);
    expect(asked).toEqual(['resume', 'train 3', 'publish 3']);
    expect(await store.ledger.newestReceipt('run')).toEqual(before);
  });
});

describe('a trainer that forgets who is silent', () => {
  it('is told that the run goes on, until it has forgotten it', async () => {
    const { trained } = watched();
    await openTraining(trained, progress);
    const told: TrainerSession[] = [];
    const keepAlive = (session: TrainerSession) => {
      told.push(session);
      return Promise.reject(new TrainerLostError('session unknown'));
    };
    expect(await keepTrainer({ ...trained, trainer: { ...trained.trainer, keepAlive } }, progress)).toBe('lost');
    expect(told).toHaveLength(1);
    expect(await keepTrainer(trained, progress)).toBe('forgets-nobody');
  });
});
