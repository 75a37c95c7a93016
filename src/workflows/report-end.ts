import { CancellationScope, getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';

import { NOTHING_LEFT, type EpisodeEnd } from '../domain/run/episode-end.ts';
import { misconfigurationOf } from './failures.ts';
import { episodeEndedSignal } from './messages.ts';
import type { EpisodeResult } from './settle-episode.ts';

export function endOfResult({ episodeId, outcome, verdict, recycled }: EpisodeResult): EpisodeEnd {
  return { ...NOTHING_LEFT, episodeId, outcome, consistent: verdict?.consistent === true, recycled };
}

export function endOfFailure(episodeId: string, error: unknown): EpisodeEnd {
  const outcome = isCancellation(error) ? 'cancelled' : 'lost';
  return { ...NOTHING_LEFT, episodeId, outcome, misconfiguration: misconfigurationOf(error) ?? null };
}

/**
 * Tells the run, whichever life of its workflow is the present one. A run that is gone needs to know nothing, and one that
 * could not be told finds out when it sweeps.
 */
export async function reportEnd(runId: string, end: EpisodeEnd): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(runId).signal(episodeEndedSignal, end));
  } catch (error) {
    log.warn('the run of an episode could not be told of its end', { runId, end, error });
  }
}
