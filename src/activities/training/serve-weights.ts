import { z } from 'zod';

import type { TrainingReceiptRow } from '../../domain/record/training-rows.ts';
import type { DirectoryPublication, Publication } from '../../domain/training/publication.ts';
import type { TrainingManifest } from '../../domain/training/training-step.ts';
import type { ServedWeights, Serving, ServingCall } from '../../serving/serving.ts';
import type { Store } from '../../store/store.ts';
import { getJson } from '../services/json-blobs.ts';

/** A run and the servers that its policy is sampled from. */
export interface Served {
  readonly store: Store;
  readonly runId: string;
  /** Absent where the trainer publishes to whoever samples. */
  readonly serving?: Serving | undefined;
  /** By how many versions a rollout may be behind. */
  readonly maxLag: number;
}

/**
 * Has every inference server of the run sample from a receipt's weights, shows that it does, and keeps in the receipt
 * what they answer: from then on rollouts ask for this publication. Nothing is asked of a trainer, so whoever takes this
 * again repeats the loading alone.
 */
export async function serveWeights(
  run: Served,
  receipt: TrainingReceiptRow,
  call: ServingCall,
): Promise<TrainingReceiptRow> {
  if (receipt.served !== null) return receipt;
  const { store, serving } = run;
  const served = serving === undefined ? { probes: {} } : await publish(run, serving, receipt, call);
  const after = { ...receipt, served: JSON.stringify(served) };
  await store.ledger.recordReceipt(after);
  return after;
}

async function publish(
  run: Served,
  serving: Serving,
  { step, policyVersion, publication: kept }: TrainingReceiptRow,
  call: ServingCall,
): Promise<ServedWeights> {
  call.say(`step ${step}: ${serving.name} gets version ${policyVersion}`);
  const publication = directoryOf(kept);
  const before = await servedBefore(run, serving, step, call);
  // What the servers were started with is what the first step begins with: whole weights need no adapter to be loaded.
  if (step === 0 && !serving.takes.includes(publication.kind)) return before;
  return serving.publish(publication, {
    ...call,
    before,
    changed: await isChanged(run, step),
    // A request that is on its way names the version before, whatever its rollout may still train.
    oldestSampled: policyVersion - Math.max(1, run.maxLag),
  });
}

async function servedBefore(
  { store, runId }: Served,
  serving: Serving,
  step: number,
  call: ServingCall,
): Promise<ServedWeights> {
  if (step === 0) return serving.look(call);
  const before = await store.ledger.findReceipt(runId, step - 1);
  if (before?.served == null) throw new RangeError(`step ${step} is to be served, and step ${step - 1} is not`);
  return z.custom<ServedWeights>().parse(JSON.parse(before.served));
}

/** Whether the step makes other weights than those before it. */
async function isChanged({ store, runId }: Served, step: number): Promise<boolean> {
  const manifest = step === 0 ? undefined : (await store.ledger.findTrainingStep(runId, step))?.manifest;
  if (manifest == null) return false;
  return (await getJson<TrainingManifest>(store.blobs, manifest)).optimizer.learningRate > 0;
}

function directoryOf(kept: string): DirectoryPublication {
  const publication = z.custom<Publication>().parse(JSON.parse(kept));
  if (publication.kind === 'lora' || publication.kind === 'weights') return publication;
  throw new RangeError(`weights of kind ${publication.kind} are none that inference servers load`);
}
