import { TrainerLostError, TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { TrainingReceiptRow } from '../../domain/record/training-rows.ts';
import type { TrainerCall, TrainerSession } from '../../trainer/trainer.ts';
import { checkpointOf, readStep, required, type Trained } from './trained.ts';

/**
 * A trainer that restarts loses a run once, and once more where it dies of what it was given. What loses it after five
 * recoveries, with one step, loses it for ever: numbers that are none come out again each time, and a machine does not grow.
 */
const MOST_LOSSES = 5;

/** The receipt with a session as it stood after its step. It is kept, so that a retry does not make it again. */
export async function recovered(
  trained: Trained,
  before: TrainingReceiptRow,
  lost: string,
  call: TrainerCall,
): Promise<TrainingReceiptRow> {
  const { store, runId, trainer } = trained;
  if (before.losses >= MOST_LOSSES) {
    // Whoever mends it and has the run go on begins to count anew.
    await store.ledger.recordReceipt({ ...before, losses: 0 });
    throw new TrainerRefusedError(
      `${trainer.name} has lost the run ${MOST_LOSSES + 1} times since step ${before.step} and not made the next one, at last: ${lost}. The weights of step ${before.step} are kept. Look into the trainer's log for what it dies of: memory (fewer tokens in a step), sessions that end too early, numbers that are none (a lower training.learning_rate). Then have the run go on from there: temporal workflow reset --workflow-id ${runId} --type LastWorkflowTask --reason "mended"`,
    );
  }
  const counted = { ...before, losses: before.losses + 1 };
  try {
    const session = JSON.stringify(await recover(trained, before.step, call));
    await store.ledger.recordReceipt({ ...counted, session });
    return { ...counted, session };
  } catch (error) {
    if (error instanceof TrainerLostError) await store.ledger.recordReceipt(counted);
    throw error;
  }
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
