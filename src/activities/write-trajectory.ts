import type { BlobRef } from '../domain/blob-ref.ts';
import type { Store } from '../store/store.ts';
import { putJson } from './json-blobs.ts';

/** The record of a rollout by reference: each turn's reply (tokens or decisions, policy version) and observation. */
export async function writeTrajectory({ blobs, ledger }: Store, rolloutId: string): Promise<BlobRef> {
  const turns = await ledger.readTurns(rolloutId);
  return putJson(blobs, {
    format: 'trajectory-1',
    rolloutId,
    turns: turns.map(({ turn, reply, observation, policyVersion }) => ({ turn, reply, observation, policyVersion })),
  });
}
