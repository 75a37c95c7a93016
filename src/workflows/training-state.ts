import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { LearningState } from './learning.ts';
import type { InjectionGroup } from '../activities/run/training-activities.ts';
import { retriedEpisodeId } from './workflow-ids.ts';

/** What an episode plays. */
export interface Draw extends Pick<EpisodeInput, 'subject' | 'strategy' | 'seed' | 'groupId' | 'parent' | 'bug'> {
  /** The id that it is played under; absent where the run numbers its episodes as they begin. */
  readonly episodeId?: string;
}

export interface EpisodeInFlight {
  readonly draw: Draw;
  /** What a person wants done with it: it is cancelled, and its draw is left or played again. */
  readonly asked?: 'skip' | 'retry';
}

/** What a run carries from one life of its workflow to the next. JSON. */
export interface TrainingState {
  readonly runId: string;
  /**
   * Whether the id of an episode says what it plays, so that it plays the same after a reset of the run. Absent where an
   * earlier life has numbered episodes as they began.
   */
  readonly areNamedAfterDraws?: boolean;
  /** Injection groups drawn so far. */
  drawn: number;
  settled: number;
  started: number;
  finished: number;
  consistent: number;
  secondOrder: number;
  lost: number;
  /** The group whose siblings are being started, with how many have been. */
  current: { readonly group: InjectionGroup; siblings: number } | null;
  /** Siblings of each open group that are not final yet; a group that is settled is taken out. */
  readonly open: Record<string, number>;
  /** Draws that wait to be played: second-order bugs, and what is played again. */
  readonly waiting: Draw[];
  /** Episodes whose end the run has not heard of, by their ids. */
  readonly inFlight: Record<string, EpisodeInFlight>;
  /** Episodes that came to nothing and whose draw a person may have played again, by their ids, the newest last. */
  readonly retriable: Record<string, Draw>;
  /** The frozen library whose bugs it plays; absent where injectors make them. */
  library?: string;
  /** How far it has learned; absent where nothing trains. */
  learning?: LearningState;
  /** What is wrong with the run's set-up, as an episode met it. */
  misconfiguration: string | null;
}

export function newTraining(runId: string, areNamedAfterDraws = true): TrainingState {
  const counts = { drawn: 0, settled: 0, started: 0, finished: 0, consistent: 0, secondOrder: 0, lost: 0 };
  const none = { open: {}, waiting: [], inFlight: {}, retriable: {} };
  return { runId, areNamedAfterDraws, ...counts, current: null, ...none, misconfiguration: null };
}

export function idsInFlight({ inFlight }: TrainingState): readonly string[] {
  return Object.keys(inFlight);
}

/** The draw of an episode that is to be played again. */
export function drawnAgain(draw: Draw): Draw {
  return draw.episodeId === undefined ? draw : { ...draw, episodeId: retriedEpisodeId(draw.episodeId) };
}
