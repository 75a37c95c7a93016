import { optimizerOf } from '../../config/optimizer-defaults.ts';
import type { TrainingConfiguration } from '../../config/training-configuration.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { Role } from '../../domain/record/ledger-rows.ts';
import type { TrajectoryRecord } from '../../domain/record/trajectory.ts';
import type { SettledGroup } from '../../domain/training/compose-batch.ts';
import { gibberishAt } from '../../domain/training/gibberish.ts';
import { learningRateAt } from '../../domain/training/learning-rate.ts';
import { trainedUnits, type Sequence, type SequenceKind } from '../../domain/training/sequence.ts';
import { sequencesOf } from '../../domain/training/sequences-of.ts';
import type { RoleShare, TrainingManifest } from '../../domain/training/training-step.ts';
import type { Store } from '../../store/store.ts';
import { playedTurns, readJournal } from '../rollout/journal.ts';
import { getJson, putJson } from '../services/json-blobs.ts';
import type { Progress } from '../services/progress.ts';
import { createShardWriter } from './sequence-shards.ts';
import { membersOf, NATURALLY } from './weigh-groups.ts';

export interface StepToAssemble {
  readonly runId: string;
  /** From 1. */
  readonly step: number;
  readonly policyVersion: number;
  readonly kind: SequenceKind;
  readonly groups: readonly SettledGroup[];
  /** That have waited too long; they are written off with this step. */
  readonly stale: readonly string[];
  readonly training: TrainingConfiguration;
  readonly temperature: number;
}

/**
 * Writes a step's sequences and its manifest, and names them in the ledger before any trainer hears of them
 * (docs/training.md#step). The same step again is the one that is there. Groups are taken in the order of their names,
 * whenever they were settled. Returns null where nothing is left to be trained on.
 */
export async function assembleStep(store: Store, input: StepToAssemble, progress: Progress): Promise<BlobRef | null> {
  const { runId, step, policyVersion, groups, stale } = input;
  const kept = await store.ledger.findTrainingStep(runId, step);
  if (kept !== undefined) return kept.manifest;
  const manifest = await writeManifest(store, input, progress);
  const reference = manifest === null ? null : await putJson(store.blobs, manifest);
  await store.ledger.recordTrainingStep({
    step: { runId, step, manifest: reference, policyVersion, assembledAt: new Date().toISOString() },
    groups: groups.map(({ groupId }) => groupId),
    stale,
  });
  return reference;
}

async function writeManifest(
  store: Store,
  input: StepToAssemble,
  progress: Progress,
): Promise<TrainingManifest | null> {
  const { runId, step, policyVersion, kind, training } = input;
  const groups = input.groups.toSorted((one, other) => NATURALLY.compare(one.groupId, other.groupId));
  const writer = createShardWriter(store.blobs);
  const shares = { injector: NOBODY, solver: NOBODY };
  for (const [index, group] of groups.entries()) {
    progress.say(`step ${step}: group ${index + 1} of ${groups.length}`);
    for (const rollout of await membersOf(store.ledger, group)) {
      progress.signal.throwIfAborted();
      const sequences = await trainable(store, { ...rollout, groupId: group.groupId }, input);
      shares[group.role] = addTo(shares[group.role], sequences);
      for (const sequence of sequences) await writer.add(sequence);
    }
  }
  const shards = await writer.finish();
  if (shards.length === 0) return null;
  const trained = shares.injector.trained + shares.solver.trained;
  const { loss, ratioMin, ratioMax, beta1, epsilon, weightDecay, normaliser, warmUpSteps } = training;
  const { learningRate: reached, beta2 } = optimizerOf(training);
  const learningRate = learningRateAt(step, { learningRate: reached, warmUpSteps });
  return {
    format: 'training-step-1',
    ...{ runId, step, policyVersion, kind },
    objective: { loss, ratioMin, ratioMax },
    optimizer: { learningRate, beta1, beta2, epsilon, weightDecay },
    denominator: normaliser ?? trained,
    shards,
    groups: groups.map(({ groupId }) => groupId),
    byRole: shares,
  };
}

const NOBODY: RoleShare = { rollouts: 0, sequences: 0, trained: 0 };

function addTo(share: RoleShare, sequences: readonly Sequence[]): RoleShare {
  if (sequences.length === 0) return share;
  return {
    rollouts: share.rollouts + 1,
    sequences: share.sequences + sequences.length,
    trained: share.trained + sequences.reduce((sum, sequence) => sum + trainedUnits(sequence), 0),
  };
}

/** What of a rollout is trained on: nothing where it was as good as its group, or cannot be trained on. */
async function trainable(
  store: Store,
  rollout: {
    readonly rolloutId: string;
    readonly groupId: string;
    readonly role: Role;
    readonly advantage: number | null;
  },
  { kind, temperature, training: { gibberish } }: StepToAssemble,
): Promise<readonly Sequence[]> {
  const { rolloutId, groupId, role, advantage } = rollout;
  if (advantage === null || advantage === 0) return [];
  const trajectory = (await store.ledger.findRollout(rolloutId))?.trajectory;
  if (trajectory == null) return [];
  const { training } = await getJson<TrajectoryRecord>(store.blobs, trajectory);
  if (!training.trainable) return [];
  const turns = playedTurns(await readJournal(store, rolloutId));
  const sequences = [...sequencesOf({ rolloutId, groupId, role, advantage, temperature, turns })];
  const isSound = (sequence: Sequence) =>
    sequence.kind === 'decisions' || gibberish === undefined || gibberishAt(sequence, gibberish) === undefined;
  return sequences.every(isSound) ? sequences.filter((sequence) => sequence.kind === kind) : [];
}
