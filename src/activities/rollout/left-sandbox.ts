import { RolloutFencedError, SandboxUnavailableError, StoreUnavailableError } from '../../domain/failure/errors.ts';
import { notStopped } from '../services/progress.ts';
import type { Slice } from './slice.ts';

/**
 * After a slice that was fenced or stopped: destroys its sandbox where the rollout is over or goes on in another one. The
 * workflow could not have it done while this host was out of reach, and as long as this worker lives it is no orphan.
 */
export async function destroyIfLeft({ services, setting, progress }: Slice, error: unknown): Promise<void> {
  if (!(error instanceof RolloutFencedError) && !progress.signal.aborted) return;
  const { rolloutId, lease } = setting;
  try {
    const rollout = await notStopped(() => services.store.ledger.findRollout(rolloutId));
    const isElsewhere = rollout?.sandbox != null && rollout.sandbox !== lease.sandboxId;
    if (isElsewhere || rollout?.endedAt != null) await services.sandboxes.destroy(lease.sandboxId);
  } catch (problem) {
    // What the slice itself has met is what has to be told; the reaper comes behind.
    if (!(problem instanceof StoreUnavailableError) && !(problem instanceof SandboxUnavailableError)) throw problem;
  }
}
