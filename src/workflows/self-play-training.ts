import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  allHandlersFinished,
  condition,
  executeChild,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import type { EpisodeInput } from '../activities/run/episode-input.ts';
import type { Configuration } from '../config/configuration.ts';
import { reading, training } from './activity-proxies.ts';
import { misconfigurationOf, refusingInvalidInput } from './failures.ts';
import {
  pauseTrainingSignal,
  resizeWindowUpdate,
  resumeTrainingSignal,
  trainingProgressQuery,
  type TrainingProgress,
} from './messages.ts';
import { beginNextLife, isNextLifeDue } from './next-life.ts';
import type { EpisodeResult } from './settle-episode.ts';
import { newTraining, runTraining, type TrainingState, type TrainingSteps } from './run-training.ts';
import { mark, startAttributes } from './workflow-marks.ts';
import { selfPlayEpisode } from './self-play-episode.ts';

/** What an earlier life of the same run hands over. */
interface Continuation {
  readonly config: Configuration;
  readonly state: TrainingState;
  readonly window: number;
  readonly paused: boolean;
}

/**
 * One run. `input` is what a person gave the Temporal CLI: `{"config": "demo"}` or a whole configuration; a typo in it
 * fails the workflow at once.
 */
export async function selfPlayTraining(input: unknown, continuation?: Continuation): Promise<TrainingProgress> {
  const runId = workflowInfo().workflowId;
  const state = continuation?.state ?? newTraining(runId);
  const run: Run = {
    state,
    inFlight: new Set(),
    groups: continuation?.config.injectionGroups ?? 0,
    window: continuation?.window ?? 1,
    paused: continuation?.paused ?? false,
    draining: null,
  };
  answerMessages(run);
  mark.trainingRun(runId);
  const config = continuation?.config ?? (await refusingInvalidInput(() => reading.readTrainingInput({ input })));
  run.groups = config.injectionGroups;
  run.window = continuation?.window ?? config.episodeWindow;
  // A run that is cancelled meanwhile is opened all the same, so that it can be closed.
  if (continuation === undefined) await CancellationScope.nonCancellable(() => training.openRun({ runId, config }));

  const end = await closing(runId, async () => {
    const played = await runTraining(config, state, stepsOf(run, config));
    // Fails in a run that was cancelled while it drained: a new life would know nothing of the cancellation.
    if (played === 'continue-as-new') await condition(allHandlersFinished);
    return played;
  });
  tell(run);
  if (end === 'continue-as-new') {
    const { window, paused } = run;
    await beginNextLife<typeof selfPlayTraining>(input, { config, state, window, paused });
  }
  return progressOf(run);
}

/** A run as it stands; messages change window and pause. */
interface Run {
  readonly state: TrainingState;
  readonly inFlight: Set<string>;
  groups: number;
  window: number;
  paused: boolean;
  draining: string | null;
}

function answerMessages(run: Run): void {
  setHandler(trainingProgressQuery, () => progressOf(run));
  setHandler(pauseTrainingSignal, () => void (run.paused = true));
  setHandler(resumeTrainingSignal, () => void (run.paused = false));
  setHandler(resizeWindowUpdate, (window) => (run.window = window), { validator: checkWindow });
}

function stepsOf(run: Run, config: Configuration): TrainingSteps {
  const { runId } = run.state;
  const { budget } = config;
  return {
    drawInjectionGroup: (index) => training.drawInjectionGroup({ runId, index, config }),
    withinBudget: async () => {
      if (Object.keys(budget).length === 0) return true;
      run.draining = await training.checkBudget({ runId, budget });
      return run.draining === null;
    },
    settleInjectionGroup: (groupId) => training.settleInjectionGroup({ groupId }),
    playEpisode: async (episode) => {
      run.inFlight.add(episode.episodeId);
      tell(run);
      try {
        return await episodeOf(episode);
      } finally {
        run.inFlight.delete(episode.episodeId);
        tell(run);
      }
    },
    waitUntil: (ready) => condition(() => ready(run)),
    shouldContinueAsNew: isNextLifeDue,
  };
}

function progressOf({ state, inFlight, groups, window, paused, draining }: Run): TrainingProgress {
  const { runId, drawn, settled, started, finished, consistent, secondOrder, lost, waiting } = state;
  return {
    runId,
    paused,
    draining,
    window,
    injectionGroups: { drawn, settled, total: groups },
    episodes: { started, finished, consistent, secondOrder, lost },
    inFlight: [...inFlight],
    waiting: waiting.length,
  };
}

/** The story so far, for the Temporal UI and CLI. */
function tell(run: Run): void {
  setCurrentDetails(describe(progressOf(run)));
}

/** Writes how the run ended to the ledger, whichever way it does. */
async function closing(
  runId: string,
  run: () => Promise<'completed' | 'continue-as-new'>,
): Promise<'completed' | 'continue-as-new'> {
  const close = (outcome: 'completed' | 'cancelled' | 'failed') =>
    CancellationScope.nonCancellable(() => training.closeRun({ runId, outcome }));
  let end: 'completed' | 'continue-as-new';
  try {
    end = await run();
  } catch (error) {
    await close(isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  }
  if (end === 'completed') await close(end);
  return end;
}

/**
 * An episode as a child workflow. One that fails for good, or that somebody cancels alone, is said and left behind: the
 * run goes on without it. One whose run is gone, terminated by a person, is cancelled and cleans up after itself.
 */
async function episodeOf(episode: EpisodeInput): Promise<EpisodeResult | undefined> {
  const { episodeId, subject, strategy, parent, runId } = episode;
  try {
    return await executeChild(selfPlayEpisode, {
      workflowId: episodeId,
      args: [episode],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${strategy} on ${subject.name}${parent === null ? '' : ', second order'}`,
      typedSearchAttributes: startAttributes({
        trainingRun: runId,
        repository: subject.name,
        strategy,
        bugOrder: parent === null ? 1 : 2,
      }),
    });
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    const problem = misconfigurationOf(error);
    if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, 'InvalidConfig');
    log.error('an episode failed and yields nothing', { episodeId, error });
    return undefined;
  }
}

function checkWindow(window: number): void {
  if (Number.isInteger(window) && window >= 1 && window <= 500) return;
  throw ApplicationFailure.nonRetryable(
    `the window is a whole number from 1 to 500, not ${String(window)}`,
    'InvalidInput',
  );
}

function describe({ injectionGroups, episodes, inFlight, paused, draining }: TrainingProgress): string {
  return [
    `${paused ? '**paused** · ' : ''}${draining === null ? '' : `**draining**: ${draining} · `}injection groups: ${injectionGroups.settled} of ${injectionGroups.total} settled`,
    `episodes: ${episodes.finished} finished, ${episodes.consistent} consistent, ${episodes.secondOrder} second order, ${episodes.lost} lost`,
    `in flight: ${inFlight.join(', ') || 'none'}`,
  ].join('\n\n');
}
