import { z } from 'zod';

import { TrainerLostError } from '../../domain/failure/errors.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { TrainingReceiptRow } from '../../domain/record/training-rows.ts';
import type { TrainingManifest } from '../../domain/training/training-step.ts';
import type { Store } from '../../store/store.ts';
import type { Checkpoint, Trainer, TrainerCall, TrainerSession, TrainingStep } from '../../trainer/trainer.ts';
import { getJson } from '../services/json-blobs.ts';
import { readShards } from './sequence-shards.ts';

/** A run and the trainer of its policy. */
export interface Trained {
  readonly store: Store;
  readonly trainer: Trainer;
  readonly runId: string;
  readonly checkpointEvery: number;
  readonly checkpointsKept: number;
}

/**
 * Begins a run's training, once: opens a session, publishes the weights that it begins with as version 0 and keeps them
 * as the first checkpoint.
 */
export async function openTraining(trained: Trained, call: TrainerCall): Promise<void> {
  const { store, trainer, runId } = trained;
  if ((await store.ledger.findReceipt(runId, 0)) !== undefined) return;
  call.say(`opening ${trainer.name}`);
  const session = await trainer.open(runId, call);
  await write(trained, { step: 0, policyVersion: 0, session, metrics: {}, isKept: true }, call);
}

/**
 * One step: the weights of the step before and its manifest become new weights, which are published as the next version.
 * The step's receipt is written last, and a step that has one is over: nothing is asked of the trainer again. Where the
 * trainer has lost the run, it goes on from the last checkpoint, and what was trained since is trained again from the
 * same manifests (docs/training.md#recovery).
 */
export async function trainStep(trained: Trained, step: number, call: TrainerCall): Promise<TrainingReceiptRow> {
  const { store, runId } = trained;
  const over = await store.ledger.findReceipt(runId, step);
  if (over !== undefined) return over;
  const before = await required(store.ledger.findReceipt(runId, step - 1), `a receipt of step ${step - 1}`);
  const planned = await required(store.ledger.findTrainingStep(runId, step), `step ${step}`);
  if (planned.manifest === null) return keepAsItIs(store, before, step);
  const { manifest } = planned;
  try {
    return await train(
      trained,
      step,
      { manifest, session: sessionOf(before), policyVersion: before.policyVersion },
      call,
    );
  } catch (error) {
    if (!(error instanceof TrainerLostError)) throw error;
    const session = await recover(trained, before.step, call);
    return train(trained, step, { manifest, session, policyVersion: before.policyVersion }, call);
  }
}

/** Where the trainer has lost the run between two steps: the newest weights are made and published again. */
export async function recoverTraining(trained: Trained, call: TrainerCall): Promise<void> {
  const { store, runId, trainer } = trained;
  const newest = await required(store.ledger.newestReceipt(runId), 'a receipt');
  const session = await recover(trained, newest.step, call);
  const published = await trainer.publish(session, newest.policyVersion, call);
  await store.ledger.recordReceipt({
    ...newest,
    session: JSON.stringify(published.session),
    publication: JSON.stringify(published.kept),
  });
}

interface Beginning {
  readonly manifest: BlobRef;
  readonly session: TrainerSession;
  readonly policyVersion: number;
}

async function train(
  trained: Trained,
  step: number,
  { manifest, session, policyVersion }: Beginning,
  call: TrainerCall,
): Promise<TrainingReceiptRow> {
  const { trainer, store, checkpointEvery } = trained;
  call.say(`step ${step}: ${trainer.name} trains`);
  const after = await trainer.trainStep(session, await readStep(store, manifest), call);
  const isKept = step % checkpointEvery === 0;
  return write(trained, { step, policyVersion: policyVersion + 1, ...after, isKept }, call);
}

interface Trainee {
  readonly step: number;
  readonly policyVersion: number;
  readonly session: TrainerSession;
  readonly metrics: Readonly<Record<string, number>>;
  readonly isKept: boolean;
}

/** Keeps and publishes what a step has made, and writes its receipt. */
async function write(
  trained: Trained,
  { step, policyVersion, session, metrics, isKept }: Trainee,
  call: TrainerCall,
): Promise<TrainingReceiptRow> {
  const { store, trainer, runId } = trained;
  call.say(`step ${step}: publishing version ${policyVersion}`);
  const kept = isKept ? await trainer.checkpoint(session, step, call) : { session, kept: null };
  const published = await trainer.publish(kept.session, policyVersion, call);
  const receipt: TrainingReceiptRow = {
    ...{ runId, step, policyVersion },
    session: JSON.stringify(published.session),
    publication: JSON.stringify(published.kept),
    checkpoint: kept.kept === null ? null : JSON.stringify(kept.kept),
    metrics: JSON.stringify(metrics),
    trainedAt: new Date().toISOString(),
  };
  await store.ledger.recordReceipt(receipt);
  if (isKept) await removeOldCheckpoints(trained, published.session, call);
  return receipt;
}

/** Nothing was to be learned: the weights stay as they are, under the version that they have. */
async function keepAsItIs(store: Store, before: TrainingReceiptRow, step: number): Promise<TrainingReceiptRow> {
  const receipt = { ...before, step, checkpoint: null, metrics: '{}', trainedAt: new Date().toISOString() };
  await store.ledger.recordReceipt(receipt);
  return receipt;
}

/** A session as it stood after this step, from the last checkpoint and the manifests since. */
async function recover(trained: Trained, step: number, call: TrainerCall): Promise<TrainerSession> {
  const { store, trainer, runId } = trained;
  const kept = await required(store.ledger.newestCheckpoint(runId), 'a checkpoint');
  call.say(`going on from the checkpoint of step ${kept.step}`);
  let session = await trainer.resume(runId, checkpointOf(kept), call);
  for (let replayed = kept.step + 1; replayed <= step; replayed += 1) {
    const { manifest } = await required(store.ledger.findTrainingStep(runId, replayed), `step ${replayed}`);
    if (manifest === null) continue;
    call.say(`training step ${replayed} again`);
    ({ session } = await trainer.trainStep(session, await readStep(store, manifest), call));
  }
  return session;
}

async function removeOldCheckpoints(
  { store, trainer, runId, checkpointsKept }: Trained,
  session: TrainerSession,
  call: TrainerCall,
): Promise<void> {
  const kept = (await store.ledger.listReceipts(runId)).filter(({ checkpoint }) => checkpoint !== null);
  // One a step becomes too old; one that could not be removed then stays.
  const old = kept.at(-checkpointsKept - 1);
  if (old !== undefined) await trainer.removeCheckpoint(session, checkpointOf(old), call);
}

async function readStep({ blobs }: Store, manifest: BlobRef): Promise<TrainingStep> {
  const document = await getJson<TrainingManifest>(blobs, manifest);
  return { manifest: document, manifestSha256: manifest.sha256, sequences: () => readShards(blobs, document.shards) };
}

/** With which the trainer is to be called next. */
export async function newestSession({ store, runId }: Trained): Promise<TrainerSession> {
  return sessionOf(await required(store.ledger.newestReceipt(runId), 'a receipt'));
}

function sessionOf({ session }: TrainingReceiptRow): TrainerSession {
  return z.custom<TrainerSession>().parse(JSON.parse(session));
}

function checkpointOf({ checkpoint }: TrainingReceiptRow): Checkpoint {
  return z.custom<Checkpoint>().parse(JSON.parse(checkpoint ?? '{}'));
}

async function required<Value>(found: Promise<Value | undefined>, what: string): Promise<Value> {
  const value = await found;
  if (value === undefined) throw new RangeError(`the ledger has no ${what}`);
  return value;
}
