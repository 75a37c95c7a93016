import { ApplicationFailure, setCurrentDetails, setHandler } from '@temporalio/workflow';

import { readEpisodeEnd } from '../domain/run/episode-end.ts';
import { MOST_EPISODES_IN_FLIGHT } from '../domain/run/most-in-flight.ts';
import { countEpisode } from './count-episode.ts';
import {
  drainTrainingSignal,
  episodeEndedSignal,
  pauseTrainingSignal,
  resizeWindowUpdate,
  resumeTrainingSignal,
  retryEpisodeUpdate,
  skipEpisodeUpdate,
  trainingProgressQuery,
} from './messages.ts';
import { fullId, retryEpisode, retryProblem, skipEpisode, skipProblem } from './steer-episode.ts';
import { describeProgress, progressOf, type TrainingRun } from './training-progress.ts';

/** Lets the run look at what it was told, and people, too. */
export function wake(run: TrainingRun): void {
  run.told += 1;
  setCurrentDetails(describeProgress(run));
}

/** Answers what a run is asked and told. What it is told changes its state at once, so nothing that came is lost. */
export function answerMessages(run: TrainingRun, cancelEpisode: (episodeId: string) => Promise<void>): void {
  setHandler(trainingProgressQuery, () => progressOf(run), { description: 'Where the run stands.' });
  answerEnds(run);
  answerSteering(run);
  answerForEpisodes(run, cancelEpisode);
}

function answerEnds(run: TrainingRun): void {
  const description = 'Sent by an episode that is over.';
  const count = (told: unknown) => {
    const end = readEpisodeEnd(told);
    if (end === undefined) return;
    countEpisode(run.state, end);
    wake(run);
  };
  setHandler(episodeEndedSignal, count, { description });
}

function answerSteering(run: TrainingRun): void {
  const change = (changes: Partial<Pick<TrainingRun, 'paused' | 'drained' | 'window'>>) => {
    Object.assign(run, changes);
    wake(run);
  };
  const pause = { description: 'No further episodes are started until the run is resumed; those in flight go on.' };
  setHandler(
    pauseTrainingSignal,
    () => {
      change({ paused: true });
    },
    pause,
  );
  const resume = { description: 'Episodes are started again after a pause.' };
  setHandler(
    resumeTrainingSignal,
    () => {
      change({ paused: false });
    },
    resume,
  );
  const drain = { description: 'No further episodes are started; the run ends when those in flight are over.' };
  setHandler(
    drainTrainingSignal,
    () => {
      change({ drained: true });
    },
    drain,
  );
  setHandler(
    resizeWindowUpdate,
    (window) => {
      change({ window });
      return window;
    },
    {
      validator: checkWindow,
      description: `Sets how many episodes are in flight at once, from 1 to ${MOST_EPISODES_IN_FLIGHT}.`,
    },
  );
}

function answerForEpisodes(run: TrainingRun, cancelEpisode: (episodeId: string) => Promise<void>): void {
  const { state } = run;
  setHandler(
    skipEpisodeUpdate,
    async (id) => {
      const episodeId = fullId(state, id);
      skipEpisode(state, episodeId);
      await cancelEpisode(episodeId);
      return episodeId;
    },
    {
      validator: (id) => {
        refuse(skipProblem(state, id));
      },
      description: 'Cancels an episode in flight, by its id; it counts as lost.',
    },
  );
  setHandler(
    retryEpisodeUpdate,
    async (id) => {
      const episodeId = fullId(state, id);
      if (retryEpisode(state, episodeId)) await cancelEpisode(episodeId);
      wake(run);
      return episodeId;
    },
    {
      validator: (id) => {
        refuse(startProblem(run) ?? retryProblem(state, id));
      },
      description:
        'Plays the draw of an episode again under a new id: of one that was lost, or of one in flight, which is cancelled first.',
    },
  );
}

function startProblem({ drained, ending }: TrainingRun): string | undefined {
  return drained || ending ? 'the run starts no further episodes: it drains, or ends' : undefined;
}

function checkWindow(window: number): void {
  const fits = Number.isInteger(window) && window >= 1 && window <= MOST_EPISODES_IN_FLIGHT;
  refuse(fits ? undefined : `the window is a whole number from 1 to ${MOST_EPISODES_IN_FLIGHT}, not ${String(window)}`);
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, 'InvalidInput');
}
