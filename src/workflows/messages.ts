import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

import type { EpisodeEnd } from '../domain/run/episode-end.ts';
import type { EpisodePhase } from './episode-steps.ts';
import type { EvaluationProgress } from './evaluate-policy.ts';
import type { RevalidationProgress } from './revalidate-artifacts.ts';

/** Where a run stands: what `selfplay status` prints and `temporal workflow query --type trainingProgress` shows. */
export interface TrainingProgress {
  readonly runId: string;
  readonly paused: boolean;
  /** Why no further episodes are started: a budget is used up, or a person drains the run. */
  readonly draining: string | null;
  readonly window: number;
  readonly injectionGroups: { readonly drawn: number; readonly settled: number; readonly total: number };
  readonly episodes: {
    readonly started: number;
    readonly finished: number;
    readonly consistent: number;
    readonly secondOrder: number;
    readonly lost: number;
  };
  /** Null where nothing trains. */
  readonly training: {
    /** Steps that are over. */
    readonly steps: number;
    readonly policyVersion: number;
    /** Groups that wait for a step. */
    readonly ready: number;
  } | null;
  readonly inFlight: readonly string[];
  /** Draws that wait to be played: recycled bugs, and what is played again. */
  readonly waiting: number;
  /** The newest episodes that came to nothing; the draw of each may be played again. */
  readonly retriable: readonly string[];
}

/** Where an episode stands. */
export interface EpisodeProgress {
  readonly episodeId: string;
  readonly phase: EpisodePhase | 'starting' | 'ended';
  readonly subject: string;
  readonly strategy: string;
  readonly order: 1 | 2;
  readonly attempts: {
    readonly solved: number;
    readonly unsolved: number;
    readonly lost: number;
    readonly total: number;
  };
}

export const trainingProgressQuery = defineQuery<TrainingProgress>('trainingProgress');
export const revalidationProgressQuery = defineQuery<RevalidationProgress>('revalidationProgress');
export const evaluationProgressQuery = defineQuery<EvaluationProgress>('evaluationProgress');
export const episodeProgressQuery = defineQuery<EpisodeProgress>('episodeProgress');

/** What an episode tells its run when it is over, rewarded or not. */
export const episodeEndedSignal = defineSignal<[EpisodeEnd]>('episodeEnded');

/** No further episodes are started until the run is resumed; those in flight go on. */
export const pauseTrainingSignal = defineSignal('pauseTraining');
export const resumeTrainingSignal = defineSignal('resumeTraining');

/** No further episodes are started; the run ends when those in flight are over. */
export const drainTrainingSignal = defineSignal('drainTraining');

/** Sets how many episodes are in flight at once; returns the new number. */
export const resizeWindowUpdate = defineUpdate<number, [number]>('resizeWindow');

/** Cancels an episode in flight, which then counts as lost; takes and returns its id. */
export const skipEpisodeUpdate = defineUpdate<string, [string]>('skipEpisode');

/**
 * Plays an episode's draw again under a new id: of one that came to nothing, or of one in flight, which is cancelled
 * first and is not played again if it was paid meanwhile. Takes and returns its id.
 */
export const retryEpisodeUpdate = defineUpdate<string, [string]>('retryEpisode');
