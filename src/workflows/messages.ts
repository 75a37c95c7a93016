import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

import type { EpisodePhase } from './episode-steps.ts';

/** Where a run stands: what `selfplay status` prints and `temporal workflow query --type trainingProgress` shows. */
export interface TrainingProgress {
  readonly runId: string;
  readonly paused: boolean;
  /** Why no further episodes are started, when a budget is used up. */
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
  readonly inFlight: readonly string[];
  /** Recycled bugs that wait to be played. */
  readonly waiting: number;
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
export const episodeProgressQuery = defineQuery<EpisodeProgress>('episodeProgress');

/** No further episodes are started until the run is resumed; those in flight go on. */
export const pauseTrainingSignal = defineSignal('pauseTraining');
export const resumeTrainingSignal = defineSignal('resumeTraining');

/** Sets how many episodes are in flight at once; returns the new number. */
export const resizeWindowUpdate = defineUpdate<number, [number]>('resizeWindow');
