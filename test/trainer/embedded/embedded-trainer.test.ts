import { describe, expect, it } from 'vitest';

import { BlobMissingError } from '../../../src/domain/failure/errors.ts';
import { logProbabilities } from '../../../src/domain/training/log-linear.ts';
import type { EmbeddedWeights } from '../../../src/domain/training/log-linear-weights.ts';
import type { DecisionSequence, Sequence } from '../../../src/domain/training/sequence.ts';
import type { TrainingManifest } from '../../../src/domain/training/training-step.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import { createEmbeddedTrainer } from '../../../src/trainer/embedded/embedded-trainer.ts';
import type { TrainerSession, TrainingStep } from '../../../src/trainer/trainer.ts';

const START = { place: [0.5, 0], repair: [0, 0, 0] };
const candidates = [
  [1, 0],
  [0, 1],
];

function aSequence(changes: Partial<DecisionSequence> = {}): DecisionSequence {
  const rollout = { sequenceId: 'one', rolloutId: 'one', groupId: 'group', role: 'solver' } as const;
  const logprob = logProbabilities({ weights: START.place, temperature: 1 }, candidates)[1] ?? 0;
  const decisions = [{ name: 'place', candidates, chosen: 1, logprob }];
  return { kind: 'decisions', ...rollout, advantage: 1, temperature: 1, decisions, version: 0, ...changes };
}

function aStep(sequences: readonly Sequence[], step = 1): TrainingStep {
  const manifest: TrainingManifest = {
    ...{ format: 'training-step-1', runId: 'run', step, policyVersion: step - 1, kind: 'decisions' },
    objective: { loss: 'ppo', ratioMin: 0.8, ratioMax: 1.28 },
    optimizer: { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    denominator: sequences.length,
    ...{ shards: [], groups: ['group'] },
    byRole: { injector: NOBODY, solver: { rollouts: 1, sequences: 1, trained: 1 } },
  };
  return { manifest, manifestSha256: 'manifest', sequences: () => toStream(sequences) };
}

const NOBODY = { rollouts: 0, sequences: 0, trained: 0 };
const call = { signal: new AbortController().signal, say: () => undefined };

async function* toStream(sequences: readonly Sequence[]): AsyncIterable<Sequence> {
  for (const sequence of sequences) yield await Promise.resolve(sequence);
}

async function setUp() {
  const { blobs } = await createInMemoryStore();
  const trainer = createEmbeddedTrainer(blobs, START);
  const weightsIn = async (session: TrainerSession) => {
    const { kept } = await trainer.publish(session, 1, call);
    if (kept.kind !== 'embedded') throw new Error(`published as ${kept.kind}`);
    return (JSON.parse(Buffer.from(await blobs.get(kept)).toString()) as EmbeddedWeights).weights;
  };
  return { trainer, weightsIn, session: await trainer.open('run', call) };
}

describe('the embedded trainer', () => {
  it('begins with the weights that it is given', async () => {
    const { weightsIn, session } = await setUp();
    expect(await weightsIn(session)).toEqual(START);
  });

  it('makes what paid likelier, and what cost less likely, and leaves the rest alone', async () => {
    const { trainer, weightsIn, session } = await setUp();
    const probability = async (advantage: number) => {
      const trained = await trainer.trainStep(session, aStep([aSequence({ advantage })]), call);
      const after = await weightsIn(trained.session);
      expect(after.repair).toEqual(START.repair);
      return logProbabilities({ weights: after.place ?? [], temperature: 1 }, candidates)[1] ?? 0;
    };
    const before = logProbabilities({ weights: START.place, temperature: 1 }, candidates)[1] ?? 0;
    expect(await probability(1)).toBeGreaterThan(before);
    expect(await probability(-1)).toBeLessThan(before);
  });

  it('comes to the same weights whenever a step is made again, and from any kept session', async () => {
    const { trainer, session } = await setUp();
    const one = await trainer.trainStep(session, aStep([aSequence()]), call);
    expect(await trainer.trainStep(session, aStep([aSequence()]), call)).toEqual(one);
    const { kept } = await trainer.checkpoint(one.session, 1, call);
    const resumed = await trainer.resume('run', kept, call);
    const next = aStep([aSequence({ advantage: -1 })], 2);
    expect(await trainer.trainStep(resumed, next, call)).toEqual(await trainer.trainStep(one.session, next, call));
  });

  it('measures how far it has gone', async () => {
    const { trainer, session } = await setUp();
    const { metrics } = await trainer.trainStep(session, aStep([aSequence()]), call);
    expect(metrics).toMatchObject({ clippedShare: 0, divergence: 0 });
    expect(metrics.gradientNorm).toBeGreaterThan(0);
    // Adam's first step is the learning rate for each of the two weights that move.
    expect(metrics.updateNorm).toBeCloseTo(0.1 * Math.SQRT2, 6);
  });

  it('has lost nothing when its weights are, and says which', async () => {
    const { trainer } = await setUp();
    const gone = { weights: { sha256: 'f'.repeat(64), bytes: 3 } };
    await expect(trainer.trainStep(gone, aStep([aSequence()]), call)).rejects.toThrow(BlobMissingError);
    await expect(trainer.resume('run', gone, call)).rejects.toThrow('f'.repeat(64));
  });

  it('takes no tokens', async () => {
    const { trainer, session } = await setUp();
    const tokens: Sequence = {
      ...{ kind: 'tokens', sequenceId: 'one', rolloutId: 'one', groupId: 'group', role: 'solver', advantage: 1 },
      ...{ temperature: 1, tokenIds: [1, 2], lossMask: [0, 1], logprobs: [0, -1], versions: [] },
    };
    await expect(trainer.trainStep(session, aStep([tokens]), call)).rejects.toThrow('sequence one holds no decisions');
  });
});
