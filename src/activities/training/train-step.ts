import { TrainerLostError } from '../../domain/failure/errors.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { TrainingReceiptRow } from '../../domain/record/training-rows.ts';
import type { Store } from '../../store/store.ts';
import type { TrainerCall, TrainerSession } from '../../trainer/trainer.ts';
import { recovered } from './recover-session.ts';
import { serveWeights } from './serve-weights.ts';
import { checkpointOf, readStep, required, sessionOf, type Trained } from './trained.ts';

/**
 * Begins a run's training, once: opens a session, publishes the weights that it begins with as version 0 and keeps them
 * as the first checkpoint.
 */
export async function openTraining(trained: Trained, call: TrainerCall): Promise<void> {
  const { store, trainer, runId } = trained;
  const over = await store.ledger.findReceipt(runId, 0);
  if (over !== undefined) return void (await serveWeights(trained, over, call));
  call.say(`opening ${trainer.name}`);
  const session = await trainer.open(runId, call);
  await write(trained, { step: 0, policyVersion: 0, session, metrics: {}, isKept: true }, call);
}

/**
 * One step: the weights of the step before and its manifest become new weights, which are published as the next version.
 * The step's receipt is written when the trainer has done its part, and nothing is asked of it again; the step is over
 * when the receipt says that the weights are served. Where the trainer has lost the run, it goes on from the last
 * checkpoint, and what was trained since is trained again from the same manifests (docs/training.md#recovery).
 */
export async function trainStep(trained: Trained, step: number, call: TrainerCall): Promise<TrainingReceiptRow> {
  const { store, runId } = trained;
  const over = await store.ledger.findReceipt(runId, step);
  if (over !== undefined) return serveWeights(trained, over, call);
  const before = await required(store.ledger.findReceipt(runId, step - 1), `a receipt of step ${step - 1}`);
  const planned = await required(store.ledger.findTrainingStep(runId, step), `step ${step}`);
  if (planned.manifest === null) return keepAsItIs(store, before, step);
  const { manifest } = planned;
  try {
    return await train(trained, { step, manifest, before }, call);
  } catch (error) {
    if (!(error instanceof TrainerLostError)) throw error;
    return train(trained, { step, manifest, before: await recovered(trained, before, error.message, call) }, call);
  }
}

/** Where the trainer has lost the run between two steps: the newest weights are made and published again. */
export async function recoverTraining(trained: Trained, call: TrainerCall): Promise<void> {
  const { store, runId, trainer } = trained;
  const newest = await required(store.ledger.newestReceipt(runId), 'a receipt');
  // What is not served has been made again already, and waits to be published.
  const again =
    newest.served === null
      ? newest
      : { ...(await recovered(trained, newest, 'it has forgotten it', call)), served: null, losses: 0 };
  if (again !== newest) await store.ledger.recordReceipt(again);
  const published = await trainer.publish(sessionOf(again), again.policyVersion, call);
  const lies = { session: JSON.stringify(published.session), publication: JSON.stringify(published.kept) };
  const receipt = { ...again, ...lies };
  await store.ledger.recordReceipt(receipt);
  await serveWeights(trained, receipt, call);
}

interface Beginning {
  readonly step: number;
  readonly manifest: BlobRef;
  readonly before: TrainingReceiptRow;
}

async function train(
  trained: Trained,
  { step, manifest, before }: Beginning,
  call: TrainerCall,
): Promise<TrainingReceiptRow> {
  const { trainer, store, checkpointEvery } = trained;
  call.say(`step ${step}: ${trainer.name} trains`);
  const after = await trainer.trainStep(sessionOf(before), await readStep(store, manifest), call);
  const isKept = step % checkpointEvery === 0;
  return write(trained, { step, policyVersion: before.policyVersion + 1, ...after, isKept }, call);
}

interface Trainee {
  readonly step: number;
  readonly policyVersion: number;
  readonly session: TrainerSession;
  readonly metrics: Readonly<Record<string, number>>;
  readonly isKept: boolean;
}

/** Keeps and publishes what a step has made, writes its receipt, and has it served. */
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
    ...{ served: null, losses: 0 },
    trainedAt: new Date().toISOString(),
  };
  await store.ledger.recordReceipt(receipt);
  if (isKept) await removeOldCheckpoints(trained, published.session, call);
  return serveWeights(trained, receipt, call);
}

/** Nothing was to be learned: the weights stay as they are, under the version that they have. */
async function keepAsItIs(store: Store, before: TrainingReceiptRow, step: number): Promise<TrainingReceiptRow> {
  const receipt = { ...before, step, checkpoint: null, metrics: '{}', losses: 0, trainedAt: new Date().toISOString() };
  await store.ledger.recordReceipt(receipt);
  return receipt;
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
