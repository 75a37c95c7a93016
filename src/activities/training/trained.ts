import { z } from 'zod';

import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { TrainingReceiptRow } from '../../domain/record/training-rows.ts';
import type { TrainingManifest } from '../../domain/training/training-step.ts';
import type { Store } from '../../store/store.ts';
import type { Checkpoint, Trainer, TrainerSession, TrainingStep } from '../../trainer/trainer.ts';
import { getJson } from '../services/json-blobs.ts';
import { readShards } from './sequence-shards.ts';
import type { Served } from './serve-weights.ts';

/** A run, the trainer of its policy, and the servers that it is sampled from. */
export interface Trained extends Served {
  readonly trainer: Trainer;
  readonly checkpointEvery: number;
  readonly checkpointsKept: number;
}

/** A step as its trainer is given it. */
export async function readStep({ blobs }: Store, manifest: BlobRef): Promise<TrainingStep> {
  const document = await getJson<TrainingManifest>(blobs, manifest);
  return { manifest: document, manifestSha256: manifest.sha256, sequences: () => readShards(blobs, document.shards) };
}

/** With which the trainer is to be called next. */
export async function newestSession({ store, runId }: Trained): Promise<TrainerSession> {
  return sessionOf(await required(store.ledger.newestReceipt(runId), 'a receipt'));
}

export function sessionOf({ session }: TrainingReceiptRow): TrainerSession {
  return z.custom<TrainerSession>().parse(JSON.parse(session));
}

export function checkpointOf({ checkpoint }: TrainingReceiptRow): Checkpoint {
  return z.custom<Checkpoint>().parse(JSON.parse(checkpoint ?? '{}'));
}

export async function required<Value>(found: Promise<Value | undefined>, what: string): Promise<Value> {
  const value = await found;
  if (value === undefined) throw new RangeError(`the ledger has no ${what}`);
  return value;
}
